/** What the labeling page says when there is no work, or when something keeps it from going on. */

import { element } from "../dom";
import { ApiError } from "../net/http";
import { fill, type Strings } from "../strings";
import type { SessionView } from "./view";

export class Notices {
  constructor(
    private readonly view: SessionView,
    private readonly strings: Strings,
    private readonly loginUrl: string,
    private readonly retry: () => void,
  ) {}

  allDone(reason: string): void {
    this.view.showEmpty(this.strings.all_done, reason, this.again());
  }

  /** The next task could not be asked for; `unsent` answers are kept on this device. */
  noNext(error: unknown, unsent: number): void {
    const { strings } = this;
    const kept = unsent > 0 ? fill(strings.kept_here, { count: unsent }) : "";
    const sentence = [this.reasonOf(error), kept].filter(Boolean).join(" ");
    const actions = isLogin(error) ? [this.loginLink(), this.again()] : [this.again()];
    this.view.showEmpty(strings.next_failed_title, sentence, ...actions);
  }

  loginExpired(): void {
    this.view.showNotice(this.strings.login_expired, this.loginLink(), this.again());
  }

  imageTrouble(what: "cut" | "failed", load: () => void): void {
    const again = this.button(this.strings.try_again, () => {
      this.view.clearNotice();
      load();
    });
    const { image_cut, image_failed } = this.strings;
    this.view.showNotice(what === "cut" ? image_cut : image_failed, again);
  }

  private reasonOf(error: unknown): string {
    if (isLogin(error)) return this.strings.login_expired;
    const isRefused = error instanceof ApiError && error.trouble === "refused";
    return isRefused ? error.message : this.strings.next_failed;
  }

  private again(): HTMLButtonElement {
    return this.button(this.strings.try_again, () => this.retry());
  }

  private button(title: string, press: () => void): HTMLButtonElement {
    const button = element("button", { type: "button", class: "button" }, title);
    button.addEventListener("click", press);
    return button;
  }

  private loginLink(): HTMLAnchorElement {
    const where = { href: this.loginUrl, target: "_blank", rel: "noopener" };
    return element("a", { class: "button button-primary", ...where }, this.strings.login);
  }
}

function isLogin(error: unknown): boolean {
  return error instanceof ApiError && error.trouble === "login";
}
