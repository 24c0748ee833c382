/** Text: a free answer; the length counts code points, as the server does. */

import { CodePoints } from "../core/codepoints";
import { type TextControl, titleOf } from "../core/schema";
import { element } from "../dom";
import { fill } from "../strings";
import { controlFrame, type Tool, type ToolContext } from "./tool";

const DEFAULT_LENGTH = 2000;
const WARN_BELOW = 200;

export class TextTool implements Tool {
  readonly element: HTMLElement;
  private readonly field: HTMLTextAreaElement;
  private readonly counter = element("p", { class: "control-hint", "aria-live": "polite" });

  constructor(
    readonly control: TextControl,
    private readonly context: ToolContext,
  ) {
    this.field = element("textarea", {
      class: "field",
      rows: 4,
      dir: "auto",
      "aria-label": titleOf(control),
      readonly: !context.isEditable,
    });
    this.field.addEventListener("input", () => this.onInput());
    this.field.addEventListener("blur", () => context.document.seal());
    this.element = controlFrame(control, context, this.field, this.counter);
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

  private count(value: string): void {
    const left = this.limit - new CodePoints(value).length;
    const sentence = fill(this.context.strings.characters_left, { count: left });
    this.counter.textContent = left < WARN_BELOW ? sentence : "";
  }
}
