/** Text: a free answer; the length counts code points, as the server does. */

import { CodePoints } from "../core/codepoints";
import { sourceWarnings } from "../core/translation";
import { type TextControl, titleOf } from "../core/schema";
import { element } from "../dom";
import { fill } from "../strings";
import { controlFrame, type Tool, type ToolContext } from "./tool";

const DEFAULT_LENGTH = 2000;
const WARN_BELOW = 200;

export class TextTool implements Tool {
  readonly element: HTMLElement;
  readonly field: HTMLTextAreaElement;
  private readonly warnings = element("ul", { class: "text-warnings", "aria-live": "polite" });
  private readonly counter = element("p", { class: "control-hint", "aria-live": "polite" });

  private shownWarnings = "";

  constructor(
    readonly control: TextControl,
    private readonly context: ToolContext,
    private readonly source: string,
  ) {
    this.field = element("textarea", {
      class: "field",
      rows: 4,
      dir: control.direction ?? "auto",
      lang: control.language,
      spellcheck: control.language ? "true" : null,
      "aria-label": titleOf(control),
      readonly: !context.isEditable,
    });
    this.field.addEventListener("input", () => this.onInput());
    this.field.addEventListener("blur", () => context.document.seal());
    this.element = controlFrame(control, context, this.field, this.counter, this.warnings);
    this.element.classList.toggle("is-beside", control.layout === "beside");
    this.update();
  }

  focus(): void {
    this.field.focus();
  }

  update(): void {
    const value = this.context.document.value(this.control) ?? "";
    // Writing the same text back would move the cursor.
    if (this.field.value !== value) this.field.value = value;
    this.count(value);
    this.warn(value);
  }

  choose(): void {
    this.focus();
  }

  private onInput(): void {
    const kept = this.shortened(this.field.value);
    if (kept !== this.field.value) this.field.value = kept;
    this.context.document.change(this.control, kept || undefined, "type");
  }

  private get limit(): number {
    return this.control.max_length ?? DEFAULT_LENGTH;
  }

  private shortened(value: string): string {
    const points = new CodePoints(value);
    return points.length > this.limit ? points.slice(0, this.limit) : value;
  }

  /** Differences from the source, told beneath the field; they keep nobody from going on. */
  private warn(value: string): void {
    if (!this.context.isEditable) return;
    const { strings } = this.context;
    const found = sourceWarnings(this.control, this.source, value);
    const sentences = found.map(({ code, values }) => fill(strings[code], values));
    const isSame = sentences.join("\n") === this.shownWarnings;
    if (isSame) return;
    this.shownWarnings = sentences.join("\n");
    this.warnings.replaceChildren(...sentences.map((sentence) => element("li", {}, sentence)));
  }

  private count(value: string): void {
    const left = this.limit - new CodePoints(value).length;
    const sentence = fill(this.context.strings.characters_left, { count: left });
    this.counter.textContent = left < WARN_BELOW ? sentence : "";
  }
}
