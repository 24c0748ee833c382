/** What the instructions say of one class: definition, examples, rulings. Stands over the stage. */

import { element, iconButton, svg } from "../dom";
import type { ClassGuide, Example, Ruling } from "../net/questions";
import { fill, type Strings } from "../strings";

export class GuideCard {
  readonly element: HTMLElement;
  private readonly title = element("h2", { dir: "auto" });
  private readonly body = element("div", { class: "guide-body" });

  constructor(private readonly strings: Strings) {
    const close = iconButton("close", `${strings.close} (Esc)`, () => this.hide());
    this.element = element(
      "aside",
      { class: "guide-card", "aria-label": strings.guide, tabindex: 0, hidden: true },
      element("header", {}, this.title, close),
      this.body,
    );
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  hide(): void {
    this.element.hidden = true;
  }

  show(guide: ClassGuide): void {
    this.title.textContent = guide.title;
    const { strings } = this;
    const definition = element("div", { dir: "auto" }, ...nodesOf(guide.definition_html));
    const examples = guide.examples.map((example) => this.example(example));
    const rulings = guide.rulings.map((ruling) => this.ruling(ruling));
    this.body.replaceChildren(
      definition,
      examples.length > 0 ? element("ul", { class: "guide-examples" }, ...examples) : "",
      rulings.length > 0 ? element("h3", {}, strings.rulings) : "",
      ...rulings,
    );
    this.element.hidden = false;
    this.element.scrollTop = 0;
  }

  private example({ verdict, note, region, item }: Example): HTMLElement {
    const { example_do, example_dont, example_borderline } = this.strings;
    const title = { do: example_do, dont: example_dont, borderline: example_borderline }[verdict];
    return element(
      "li",
      { class: `guide-example is-${verdict}` },
      element("strong", {}, title),
      item.type === "image" ? picture(item, region, note || title) : quoted(item),
      note ? element("p", { dir: "auto" }, note) : null,
    );
  }

  private ruling({ number, verdict, text }: Ruling): HTMLElement {
    return element(
      "article",
      { class: "ruling" },
      element("h4", { dir: "auto" }, fill(this.strings.ruling, { number, verdict })),
      text ? element("p", { dir: "auto" }, text) : null,
    );
  }
}

/** The server sanitised it; parsed apart from the page, nothing in it runs or loads before. */
function nodesOf(html: string): Node[] {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  return [...body.childNodes].map((node) => document.importNode(node, true));
}

function picture(item: Example["item"], region: Example["region"], alt: string): HTMLElement {
  const { thumbnail_url: src, width, height } = item;
  const figure = element("div", { class: "example-picture" }, element("img", { src, alt }));
  if (!region || !("box" in region) || !width || !height) return figure;
  const [x, y, w, h] = region.box;
  const frame = svg("rect", { x, y, width: w, height: h });
  figure.append(
    svg(
      "svg",
      { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" },
      frame,
    ),
  );
  return figure;
}

function quoted({ text }: Example["item"]): HTMLElement {
  const [before, marked, after] = text ?? ["", "", ""];
  return element("q", { dir: "auto" }, before, marked ? element("mark", {}, marked) : "", after);
}
