/**
 * <answer-view>: one or several answers over the item, to read and to compare: all on one image, or
 * side by side. With a `base` each shows what it changes of it, and `d` held down shows the base.
 */

import type { Answer, Item } from "../core/answer";
import { CodePoints } from "../core/codepoints";
import { colorAt, type LabelSchema, titleOf } from "../core/schema";
import { element, isTyping, readJson, readJsonIfThere } from "../dom";
import { fill, type Strings, withEnglish } from "../strings";
import { ImageSurface } from "../surfaces/image";
import { TextSurface } from "../surfaces/text";
import {
  type Drawing,
  type MarkedObject,
  markedShape,
  type NamedAnswer,
  pointedShape,
  pointedSpan,
  type PointedObject,
  shapeMarks,
  spanMarks,
} from "./answer_marks";
import { Compared, type Difference } from "./marks";
import { summary } from "./summary";

interface ViewConfig {
  item: Item;
  label_schema: LabelSchema;
  answers: NamedAnswer[];
  /** What the answers are held against, and the differences by the name of the answer. */
  base?: NamedAnswer | null;
  differences?: Record<string, Difference[]>;
  /** Objects of the stored label that somebody marked as wrong. */
  marked?: MarkedObject[];
  strings?: Partial<Strings>;
}

type Surface = ImageSurface | TextSurface;
/** Kept from task to task while the page stays. */
let isSideBySide = false;

export class AnswerView extends HTMLElement {
  private config!: ViewConfig;
  private strings!: Strings;
  private surfaces: Surface[] = [];
  private points!: CodePoints;
  private readonly stages = element("div", { class: "answer-stages" });
  private readonly muted = new Set<number>();
  private isBaseShown = false;
  private pointed: PointedObject | null = null;
  private leaving = new AbortController();

  connectedCallback(): void {
    this.leaving = new AbortController();
    this.config = readJson<ViewConfig>(this.dataset["config"] ?? "");
    this.strings = withEnglish(this.config.strings ?? readJsonIfThere("editor-strings"));
    this.points = new CodePoints(this.config.item.data.text ?? "");
    this.replaceChildren(this.stages, this.tools(), this.table());
    this.build();
  }

  disconnectedCallback(): void {
    this.leaving.abort();
    this.clear();
  }

  private clear(): void {
    for (const surface of this.surfaces) if (surface instanceof ImageSurface) surface.destroy();
    this.surfaces = [];
  }

  private build(): void {
    this.clear();
    const isImage = this.config.item.type === "image";
    const count = isSideBySide && this.canCompare ? this.config.answers.length : 1;
    this.surfaces = Array.from({ length: count }, () =>
      isImage ? new ImageSurface(this.strings) : new TextSurface(this.strings),
    );
    const isSplit = count > 1;
    this.stages.classList.toggle("is-split", isSplit);
    this.stages.replaceChildren(
      ...this.surfaces.map((surface, index) =>
        isSplit
          ? element(
              "figure",
              { class: "answer-stage" },
              element("figcaption", {}, this.config.answers[index]?.name),
              surface.element,
            )
          : surface.element,
      ),
    );
    for (const surface of this.surfaces) void this.load(surface);
    this.draw();
  }

  private async load(surface: Surface): Promise<void> {
    const { item } = this.config;
    if (surface instanceof TextSurface) {
      surface.setText(this.points.text);
      return this.draw();
    }
    if (!item.media_url) return;
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
    const { answers, label_schema: schema } = this.config;
    this.surfaces.forEach((surface, place) => {
      const shown = this.isBaseShown
        ? [this.baseDrawing()]
        : answers
            .map((named, index) => this.drawing(named, index))
            .filter(({ index }) => this.isShown(index, place));
      if (surface instanceof ImageSurface) {
        const marks = shown.flatMap((drawing) => shapeMarks(schema, drawing));
        const marked = (this.config.marked ?? []).flatMap(markedShape);
        surface.shapes.show([...marks, ...marked, ...pointedShape(this.pointed)]);
      } else {
        const marks = shown.flatMap((drawing) => spanMarks(schema, this.points, drawing));
        surface.show([...marks, ...pointedSpan(this.pointed, this.points)]);
      }
    });
  }

  private isShown(index: number, place: number): boolean {
    return this.surfaces.length > 1 ? index === place : !this.muted.has(index);
  }

  /** Shows which object is meant; null: none. */
  point(object: PointedObject | null): void {
    this.pointed = object;
    this.draw();
  }

  private drawing(named: NamedAnswer, index: number): Drawing {
    const { base, differences } = this.config;
    const found = differences?.[named.name];
    return {
      named,
      index,
      isAlone: this.isOne,
      base: base?.answer ?? null,
      compared: found ? new Compared(found) : null,
    };
  }

  private baseDrawing(): Drawing {
    const named = { name: this.config.base?.name ?? "", answer: this.config.base?.answer ?? null };
    return { named, index: 0, isAlone: true, base: null, compared: null };
  }

  private get isOne(): boolean {
    return this.config.answers.length === 1;
  }

  private get hasMarks(): boolean {
    const { controls } = this.config.label_schema;
    return controls.some(({ type }) => type === "shapes" || type === "spans");
  }

  private get canCompare(): boolean {
    return this.hasMarks && Boolean(this.config.base);
  }

  /** Buttons for what is there to compare; their keys are heard on the whole page. */
  private tools(): HTMLElement {
    const bar = element("div", { class: "answer-tools", role: "group" });
    bar.hidden = !this.canCompare;
    if (bar.hidden) return bar;
    const { strings } = this;
    if (!this.isOne) {
      const side = this.tool(strings.side_by_side, "o", isSideBySide);
      side.addEventListener("click", () => {
        isSideBySide = !isSideBySide;
        side.setAttribute("aria-pressed", String(isSideBySide));
        this.build();
      });
      bar.append(side);
    }
    const blink = this.tool(strings.blink, "d", false);
    const hold = (isDown: boolean): void => {
      if (this.isBaseShown === isDown) return;
      this.isBaseShown = isDown;
      blink.setAttribute("aria-pressed", String(isDown));
      this.draw();
    };
    const { signal } = this.leaving;
    blink.addEventListener("pointerdown", () => hold(true));
    for (const name of ["pointerup", "pointerleave"]) {
      blink.addEventListener(name, () => hold(false));
    }
    document.addEventListener(
      "keydown",
      (event) => {
        if (!isBlink(event) || isTyping(event.target)) return;
        event.preventDefault();
        hold(true);
      },
      { signal, capture: true },
    );
    document.addEventListener("keyup", (event) => event.key === "d" && hold(false), { signal });
    window.addEventListener("blur", () => hold(false), { signal });
    bar.append(blink, element("p", { class: "answer-legend" }, strings.difference_legend));
    return bar;
  }

  private tool(title: string, key: string, isOn: boolean): HTMLButtonElement {
    return element(
      "button",
      {
        type: "button",
        class: "answer-tool",
        "aria-pressed": String(isOn),
        "data-key": key,
        "data-key-label": title,
      },
      title,
      " ",
      element("kbd", {}, key),
    );
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

/** The key alone, and not where the answer editor has it for a class. */
function isBlink(event: KeyboardEvent): boolean {
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
  const isElsewhere = event.target instanceof Element && event.target.closest("answer-editor");
  return event.key === "d" && isPlain && !isElsewhere && !document.querySelector("dialog[open]");
}
