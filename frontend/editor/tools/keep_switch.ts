/** The switch beside a question: the next items start with its answer. */

import { pageSticky } from "../core/sticky";
import type { Control } from "../core/schema";
import { iconButton } from "../dom";
import type { ToolContext } from "./tool";

const KINDS = new Set<Control["type"]>(["choice", "rating", "text"]);

export class KeepSwitch {
  readonly element: HTMLButtonElement;

  constructor(
    private readonly control: Control,
    context: ToolContext,
  ) {
    const { strings } = context;
    this.element = iconButton("pin", strings.keep_answer, () => {
      const isKept = !pageSticky.isKept(control);
      pageSticky.setKept(control, isKept, context.document.answer);
      this.update();
      context.announce(isKept ? strings.keeps_answer : strings.keeps_no_answer);
    });
    this.element.classList.add("keep-switch");
    this.update();
  }

  static suits(control: Control): boolean {
    return KINDS.has(control.type);
  }

  update(): void {
    this.element.setAttribute("aria-pressed", String(pageSticky.isKept(this.control)));
  }
}
