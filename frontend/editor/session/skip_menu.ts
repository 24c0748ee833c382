/** Why a task is given up: a small menu, one digit a reason. Never a modal dialog. */

import type { SkipReason } from "../net/assignments";
import type { ReportReason } from "../net/reports";
import { element, icon } from "../dom";
import type { Strings } from "../strings";

export interface SkipActions {
  skip(reason: SkipReason, comment: string): void;
  /** The item is broken: an expert looks at it. */
  report(reason: ReportReason, comment: string): void;
}

interface Entry {
  title: string;
  needsComment?: boolean;
  choose(comment: string): void;
}

export class SkipMenu {
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  private readonly menu: HTMLElement;
  private readonly comment: HTMLInputElement;
  private readonly entries: Entry[];

  constructor(
    private readonly strings: Strings,
    actions: SkipActions,
  ) {
    const skips = this.skips(actions);
    const reports = this.reports(actions);
    this.entries = [...skips, ...reports];
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
      ...skips.map((entry) => this.entryButton(entry)),
      element("p", { class: "skip-title" }, strings.report_title),
      ...reports.map((entry) => this.entryButton(entry)),
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
    // Ten entries, the last of them under the digit 0.
    const entry = /^\d$/u.test(name) ? this.entries[(Number(name) + 9) % 10] : undefined;
    if (entry) this.choose(entry);
    return entry !== undefined;
  }

  private skips(actions: SkipActions): Entry[] {
    const { strings } = this;
    const entry = (reason: SkipReason, title: string): Entry => ({
      title,
      choose: (comment) => actions.skip(reason, comment),
    });
    return [
      entry("unclear_rule", strings.skip_unclear_rule),
      entry("bad_data", strings.skip_bad_data),
      entry("not_my_skill", strings.skip_not_my_skill),
      entry("too_hard", strings.skip_too_hard),
      entry("technical", strings.skip_technical),
    ];
  }

  private reports(actions: SkipActions): Entry[] {
    const { strings } = this;
    const entry = (reason: ReportReason, title: string): Entry => ({
      title,
      needsComment: reason === "other",
      choose: (comment) => actions.report(reason, comment),
    });
    return [
      entry("image_gone", strings.report_image_gone),
      entry("truncated", strings.report_truncated),
      entry("wrong_language", strings.report_wrong_language),
      entry("personal_data", strings.report_personal_data),
      entry("other", strings.report_other),
    ];
  }

  private choose(entry: Entry): void {
    const comment = this.comment.value.trim();
    if (entry.needsComment && !comment) {
      this.comment.placeholder = this.strings.report_say_what;
      return this.comment.focus();
    }
    this.toggle(false);
    entry.choose(comment);
  }

  private entryButton(entry: Entry): HTMLButtonElement {
    const digit = (this.entries.indexOf(entry) + 1) % 10;
    const button = element(
      "button",
      { type: "button", class: "option" },
      element("span", { class: "option-title" }, entry.title),
      element("kbd", { "aria-hidden": "true" }, String(digit)),
    );
    button.addEventListener("click", () => this.choose(entry));
    return button;
  }
}
