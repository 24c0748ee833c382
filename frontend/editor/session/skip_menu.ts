/** Why a task is skipped: a small menu, one digit a reason. Never a modal dialog. */

import type { SkipReason } from "../net/assignments";
import { element, icon } from "../dom";
import type { Strings } from "../strings";

export class SkipMenu {
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  private readonly menu: HTMLElement;
  private readonly comment: HTMLInputElement;
  private readonly reasons: [SkipReason, string][];

  constructor(
    strings: Strings,
    private readonly skip: (reason: SkipReason, comment: string) => void,
  ) {
    this.reasons = [
      ["unclear_rule", strings.skip_unclear_rule],
      ["bad_data", strings.skip_bad_data],
      ["not_my_skill", strings.skip_not_my_skill],
      ["too_hard", strings.skip_too_hard],
      ["technical", strings.skip_technical],
    ];
    this.button = element(
      "button",
      { type: "button", class: "button", "aria-haspopup": "true", "aria-keyshortcuts": "s" },
      icon("skip"),
      strings.skip,
      element("kbd", { "aria-hidden": "true" }, "s"),
    );
    this.comment = element("input", {
      type: "text",
      class: "field",
      maxlength: 1000,
      dir: "auto",
      placeholder: strings.comment_optional,
      "aria-label": strings.comment_optional,
    });
    this.menu = element(
      "div",
      { class: "skip-menu", role: "group", "aria-label": strings.skip_title, hidden: true },
      element("p", { class: "skip-title" }, strings.skip_title),
      ...this.reasons.map(([reason, title], index) => this.reasonButton(reason, title, index)),
      this.comment,
    );
    this.element = element("div", { class: "skip" }, this.menu, this.button);
    this.button.addEventListener("click", () => this.toggle());
    this.button.setAttribute("aria-expanded", "false");
  }

  get isOpen(): boolean {
    return !this.menu.hidden;
  }

  toggle(isOpen = this.menu.hidden === true): void {
    if (isOpen === this.isOpen) return;
    const hadFocus = this.menu.contains(document.activeElement);
    this.menu.hidden = !isOpen;
    this.button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.menu.querySelector("button")?.focus();
    else if (hadFocus) this.button.focus();
    if (!isOpen) this.comment.value = "";
  }

  /** The keys while the menu is open. */
  press(name: string): boolean {
    if (!this.isOpen) return false;
    if (name === "Escape") {
      this.toggle(false);
      return true;
    }
    const reason = this.reasons[Number(name) - 1]?.[0];
    if (reason) this.choose(reason);
    return reason !== undefined;
  }

  private choose(reason: SkipReason): void {
    const comment = this.comment.value.trim();
    this.toggle(false);
    this.skip(reason, comment);
  }

  private reasonButton(reason: SkipReason, title: string, index: number): HTMLButtonElement {
    const button = element(
      "button",
      { type: "button", class: "option" },
      element("span", { class: "option-title" }, title),
      element("kbd", { "aria-hidden": "true" }, String(index + 1)),
    );
    button.addEventListener("click", () => this.choose(reason));
    return button;
  }
}
