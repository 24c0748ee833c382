/** Rating: the steps of a scale as a row of buttons; a number field when there are many. */

import { steps } from "../core/keymap";
import type { RatingControl } from "../core/schema";
import { element } from "../dom";
import { controlFrame, type Tool, type ToolContext } from "./tool";

export class RatingTool implements Tool {
  readonly element: HTMLElement;
  private readonly buttons = new Map<number, HTMLButtonElement>();
  private field: HTMLInputElement | null = null;

  constructor(
    readonly control: RatingControl,
    private readonly context: ToolContext,
  ) {
    const scale = steps(control);
    const parts = scale.length > 0 ? this.row(scale) : this.numberField();
    this.element = controlFrame(control, context, parts);
    this.update();
  }

  update(): void {
    const value = this.context.document.value(this.control);
    for (const [step, button] of this.buttons) {
      button.setAttribute("aria-pressed", String(step === value));
    }
    const isFocused = this.field === document.activeElement;
    if (this.field && !isFocused) this.field.value = value === undefined ? "" : String(value);
  }

  choose(value: string | number): void {
    const { document, isEditable } = this.context;
    if (!isEditable) return;
    const isUndone = document.value(this.control) === value && !this.control.required;
    document.change(this.control, isUndone ? undefined : Number(value));
  }

  private row(scale: number[]): HTMLElement {
    for (const step of scale) {
      const key = this.context.keymap.keyOf(this.control.name, step);
      const button = element(
        "button",
        {
          type: "button",
          class: "scale-step",
          "data-option": step,
          "aria-keyshortcuts": key,
          title: key && key !== String(step) ? `(${key})` : null,
          disabled: !this.context.isEditable,
        },
        String(step),
      );
      button.addEventListener("click", () => this.choose(step));
      this.buttons.set(step, button);
    }
    return element("div", { class: "scale", role: "group" }, ...this.buttons.values());
  }

  private numberField(): HTMLElement {
    const { min = 1, max = 5 } = this.control;
    const field = element("input", {
      type: "number",
      class: "field",
      min,
      max,
      step: 1,
      "aria-label": `${this.control.title ?? this.control.name} (${min}–${max})`,
      disabled: !this.context.isEditable,
    });
    field.addEventListener("input", () => {
      const isWhole = /^-?\d+$/u.test(field.value) && field.validity.valid;
      this.context.document.change(this.control, isWhole ? Number(field.value) : undefined, "type");
    });
    this.field = field;
    return field;
  }
}
