/** <answer-view>: one or several answers over the item, to read and to compare. */

import { type Answer, type Item, valueOf } from "../core/answer";
import { CodePoints } from "../core/codepoints";
import { colorAt, colorOf, type LabelSchema, titleOf } from "../core/schema";
import { element, readJson } from "../dom";
import { fill, type Strings, withEnglish } from "../strings";
import { ImageSurface } from "../surfaces/image";
import type { TextMark } from "../surfaces/segments";
import type { ShapeMark } from "../surfaces/shapes";
import { TextSurface } from "../surfaces/text";
import { summary, titleIn } from "./summary";

interface NamedAnswer {
  name: string;
  answer: Answer | null;
}

interface ViewConfig {
  item: Item;
  label_schema: LabelSchema;
  answers: NamedAnswer[];
  strings?: Partial<Strings>;
}

export class AnswerView extends HTMLElement {
  private config!: ViewConfig;
  private strings!: Strings;
  private surface!: ImageSurface | TextSurface;
  private points!: CodePoints;
  private readonly muted = new Set<number>();

  connectedCallback(): void {
    this.config = readJson<ViewConfig>(this.dataset["config"] ?? "");
    this.strings = withEnglish(this.config.strings);
    const { item } = this.config;
    this.points = new CodePoints(item.data.text ?? "");
    const isImage = item.type === "image";
    this.surface = isImage ? new ImageSurface(this.strings) : new TextSurface(this.strings);
    this.replaceChildren(this.surface.element, this.table());
    void this.load();
  }

  disconnectedCallback(): void {
    if (this.surface instanceof ImageSurface) this.surface.destroy();
  }

  private async load(): Promise<void> {
    const { item } = this.config;
    if (this.surface instanceof TextSurface) this.surface.setText(this.points.text);
    this.draw();
    if (!(this.surface instanceof ImageSurface) || !item.media_url) return;
    const { surface } = this;
    surface.canvas.addEventListener("keydown", (event) => {
      if (surface.press(event.key)) event.preventDefault();
    });
    try {
      await surface.load(item.media_url, item.width, item.height);
      this.draw();
    } catch {
      surface.showProblem(this.strings.image_failed);
    }
  }

  private draw(): void {
    const shown = this.config.answers
      .map((named, index) => ({ ...named, index }))
      .filter(({ index }) => !this.muted.has(index));
    if (this.surface instanceof ImageSurface) {
      this.surface.shapes.show(shown.flatMap((named) => this.shapesOf(named, named.index)));
    } else {
      this.surface.show(shown.flatMap((named) => this.spansOf(named, named.index)));
    }
  }

  private shapesOf({ name, answer }: NamedAnswer, index: number): ShapeMark[] {
    return this.config.label_schema.controls.flatMap((control) => {
      if (control.type !== "shapes") return [];
      const shapes = valueOf(answer ?? {}, control) ?? [];
      return shapes.map((shape) => ({
        id: `${index} ${shape.id}`,
        shape,
        skeleton: control.skeleton,
        color: this.isOne ? colorOf(control.labels, shape.label) : colorAt(index),
        label: this.tagged(name, titleIn(control.labels, shape.label)),
        isDashed: index % 2 === 1,
      }));
    });
  }

  private spansOf({ name, answer }: NamedAnswer, index: number): TextMark[] {
    return this.config.label_schema.controls.flatMap((control) => {
      if (control.type !== "spans") return [];
      const spans = valueOf(answer ?? {}, control) ?? [];
      return spans.map((span) => ({
        id: `${index} ${span.id}`,
        start: this.points.toUnits(span.start),
        end: this.points.toUnits(span.end),
        color: this.isOne ? colorOf(control.labels, span.label) : colorAt(index),
        label: this.tagged(name, titleIn(control.labels, span.label)),
      }));
    });
  }

  private get isOne(): boolean {
    return this.config.answers.length === 1;
  }

  private tagged(name: string, label: string): string {
    return this.isOne ? label : `${name}: ${label}`;
  }

  private table(): HTMLElement {
    const { answers, label_schema: schema } = this.config;
    const heads = answers.map(({ name }, index) =>
      element("th", { scope: "col" }, this.isOne ? name : this.toggle(name, index)),
    );
    const rows = schema.controls.map((control) => {
      const said = answers.map(({ answer }) => this.said(summary(control, answer ?? {}), answer));
      const row = element(
        "tr",
        {},
        element("th", { scope: "row", dir: "auto" }, titleOf(control)),
        ...said.map((text) => element("td", { dir: "auto" }, text)),
      );
      row.classList.toggle("is-different", new Set(said).size > 1);
      return row;
    });
    const head = element("thead", {}, element("tr", {}, element("td"), ...heads));
    const table = element("table", { class: "answer-table" }, head, element("tbody", {}, ...rows));
    return element("div", { class: "answer-table-frame" }, table);
  }

  private said(text: string | null, answer: Answer | null): string {
    const reason = answer?.["_undecidable"];
    if (typeof reason === "string") return fill(this.strings.undecidable, { reason });
    return text ?? this.strings.no_answer;
  }

  /** Shows or hides the marks of one answer. */
  private toggle(name: string, index: number): HTMLButtonElement {
    const swatch = element("span", { class: "swatch" });
    swatch.style.background = colorAt(index);
    const attributes = { type: "button", class: "answer-toggle", "aria-pressed": "true" } as const;
    const button = element("button", attributes, swatch, name);
    button.addEventListener("click", () => {
      const isShown = this.muted.delete(index);
      if (!isShown) this.muted.add(index);
      button.setAttribute("aria-pressed", String(isShown));
      this.draw();
    });
    return button;
  }
}
