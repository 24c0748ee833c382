/** Rating: the steps of a scale as a group of radio buttons; a number field when there are many. */

import { steps } from "../core/keymap";
import { endTitle, type RatingControl, titleOf } from "../core/schema";
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
      button.setAttribute("aria-checked", String(step === value));
    }
    this.setTabStop(value);
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
          role: "radio",
          class: "scale-step",
          "data-option": step,
          "aria-keyshortcuts": key,
          title: key && key !== String(step) ? `(${key})` : null,
          "aria-label": this.nameOf(step),
          disabled: !this.context.isEditable,
        },
        String(step),
      );
      button.addEventListener("click", () => this.choose(step));
      this.buttons.set(step, button);
    }
    const group = element(
      "div",
      {
        class: "scale",
        role: "radiogroup",
        "aria-label": titleOf(this.control),
        "aria-required": this.control.required ? "true" : null,
      },
      ...this.buttons.values(),
    );
    group.addEventListener("keydown", (event) => this.onKey(event));
    return element("div", {}, group, this.ends());
  }

  /** What the ends mean, to be seen; the names of the steps and of the field say it aloud. */
  private ends(): HTMLElement | null {
    const { low_title: low, high_title: high } = this.control;
    if (!low && !high) return null;
    const titles = [low, high].map((title) => element("span", { dir: "auto" }, title ?? ""));
    return element("p", { class: "scale-ends", "aria-hidden": "true" }, ...titles);
  }

  /** The ends of the scale say what they mean. */
  private nameOf(step: number): string {
    const title = endTitle(this.control, step);
    return title ? `${step}: ${title}` : String(step);
  }

  /** The arrows go from step to step, as in any group of radio buttons. */
  private onKey(event: KeyboardEvent): void {
    const steps = [...this.buttons.keys()];
    const isRightToLeft = getComputedStyle(this.element).direction === "rtl";
    const ahead = isRightToLeft ? "ArrowLeft" : "ArrowRight";
    const behind = isRightToLeft ? "ArrowRight" : "ArrowLeft";
    const move = new Map([
      [ahead, 1],
      ["ArrowDown", 1],
      [behind, -1],
      ["ArrowUp", -1],
    ]).get(event.key);
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const now = steps.findIndex((step) => this.buttons.get(step) === document.activeElement);
    const step = steps[(now + move + steps.length) % steps.length] ?? 0;
    this.context.document.change(this.control, step);
    this.buttons.get(step)?.focus();
  }

  /** One stop for the Tab key: the chosen step, else the first. */
  private setTabStop(value: number | undefined): void {
    const [first] = this.buttons.keys();
    const stop = value !== undefined && this.buttons.has(value) ? value : first;
    for (const [step, button] of this.buttons) button.tabIndex = step === stop ? 0 : -1;
  }

  private numberField(): HTMLElement {
    const { min = 1, max = 5 } = this.control;
    const field = element("input", {
      type: "number",
      class: "field",
      min,
      max,
      step: 1,
      "aria-label": `${titleOf(this.control)} (${this.nameOf(min)} – ${this.nameOf(max)})`,
      disabled: !this.context.isEditable,
    });
    field.addEventListener("input", () => {
      const isWhole = /^-?\d+$/u.test(field.value) && field.validity.valid;
      this.context.document.change(this.control, isWhole ? Number(field.value) : undefined, "type");
    });
    this.field = field;
    return element("div", {}, field, this.ends());
  }
}
