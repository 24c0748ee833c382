/** The search field over a long list of options: type, Enter takes the first hit. */

import { element } from "../dom";
import type { Strings } from "../strings";

export class OptionSearch {
  readonly element: HTMLElement;
  private readonly field: HTMLInputElement;
  private readonly more = element("p", { class: "control-hint", role: "status" });

  constructor(
    private readonly strings: Strings,
    private readonly actions: { search(query: string): void; takeFirst(): void; goDown(): void },
  ) {
    this.field = element("input", {
      type: "search",
      class: "field",
      dir: "auto",
      placeholder: strings.search_options,
      "aria-label": strings.search_options,
      "aria-keyshortcuts": "/",
      autocomplete: "off",
      spellcheck: "false",
    });
    this.field.addEventListener("input", () => actions.search(this.field.value));
    this.field.addEventListener("keydown", (event) => this.onKey(event));
    this.element = element("div", { class: "option-search" }, this.field, this.more);
  }

  focus(): void {
    this.field.focus();
    this.field.select();
  }

  /** Says how many more there are than are shown. */
  tell(hidden: number): void {
    const sentence = this.strings.more_options.replace("{count}", String(hidden));
    this.more.textContent = hidden > 0 ? sentence : "";
  }

  clear(): void {
    this.field.value = "";
    this.actions.search("");
  }

  private onKey(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) this.actions.takeFirst();
    else if (event.key === "ArrowDown") this.actions.goDown();
    else return;
    event.preventDefault();
  }
}
