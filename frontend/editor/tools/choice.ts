/** Choice: one option or several, as buttons with keys; a taxonomy is indented. */

import { type ChoiceControl, flatten, titleOf } from "../core/schema";
import { element } from "../dom";
import { controlFrame, keyHint, type Tool, type ToolContext } from "./tool";

export class ChoiceTool implements Tool {
  readonly element: HTMLElement;
  private readonly buttons = new Map<string, HTMLButtonElement>();

  constructor(
    readonly control: ChoiceControl,
    private readonly context: ToolContext,
    private readonly isQuick: boolean,
  ) {
    const { strings } = context;
    const list = element("div", { class: "options", role: "group" });
    for (const { label, depth } of flatten(control.options)) list.append(this.option(label, depth));
    const hint = isQuick ? strings.quick_hint : control.multiple ? strings.select_several : "";
    const note = element("p", { class: "control-hint" }, context.isEditable && hint);
    this.element = controlFrame(control, context, note, list);
    this.update();
  }

  update(): void {
    const chosen = this.chosen();
    for (const [value, button] of this.buttons) {
      button.setAttribute("aria-pressed", String(chosen.includes(value)));
    }
  }

  choose(value: string | number): void {
    const { document } = this.context;
    const wanted = String(value);
    const chosen = this.chosen();
    if (this.control.multiple) {
      const left = chosen.filter((entry) => entry !== wanted);
      const next = left.length < chosen.length ? left : this.inOrder([...chosen, wanted]);
      document.change(this.control, next.length > 0 ? next : undefined);
      return;
    }
    const isUndone = chosen.includes(wanted) && !this.control.required;
    document.change(this.control, isUndone ? undefined : wanted);
    if (this.isQuick) this.context.decided();
  }

  private option(
    label: { value: string; title?: string; color?: string },
    depth: number,
  ): HTMLButtonElement {
    const key = this.context.keymap.keyOf(this.control.name, label.value);
    const swatch = label.color ? element("span", { class: "swatch" }) : null;
    if (swatch && label.color) swatch.style.background = label.color;
    const button = element(
      "button",
      {
        type: "button",
        class: "option",
        "data-option": label.value,
        "aria-keyshortcuts": key,
        disabled: !this.context.isEditable,
      },
      swatch,
      element("span", { class: "option-title", dir: "auto" }, titleOf(label)),
      keyHint(key),
    );
    if (depth > 0) button.style.marginInlineStart = `${Math.min(depth, 5) * 14}px`;
    button.addEventListener("click", () => this.choose(label.value));
    this.buttons.set(label.value, button);
    return button;
  }

  private chosen(): string[] {
    const value = this.context.document.value(this.control);
    if (value === undefined) return [];
    return Array.isArray(value) ? value : [value];
  }

  private inOrder(values: string[]): string[] {
    return [...this.buttons.keys()].filter((value) => values.includes(value));
  }
}
