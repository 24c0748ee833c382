/** The instructions beside the work: fetched once a version, shown in a panel, never a new window. */

import { element } from "../dom";
import type { Strings } from "../strings";

export class ReadingPanel {
  readonly element: HTMLElement;
  private readonly body = element("div", { class: "reading-body", dir: "auto" });
  private readonly pages = new Map<string, Node[]>();
  private url = "";

  constructor(
    private readonly strings: Strings,
    private readonly onToggle: (isOpen: boolean) => void,
  ) {
    const close = element("button", { type: "button", class: "button" }, strings.close);
    close.addEventListener("click", () => this.toggle(false));
    this.element = element(
      "section",
      { class: "reading", "aria-label": strings.instructions, tabindex: -1, hidden: true },
      element("header", {}, element("h2", {}, strings.instructions), close),
      this.body,
    );
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  /** The instructions of the task that is on the page now. */
  setSource(url: string): void {
    this.url = url;
    if (this.isOpen) void this.show();
  }

  toggle(isOpen = this.element.hidden === true): void {
    if (isOpen === this.isOpen) return;
    this.element.hidden = !isOpen;
    this.onToggle(isOpen);
    if (!isOpen) return;
    this.element.focus();
    void this.show();
  }

  private async show(): Promise<void> {
    const { url } = this;
    if (!url) return;
    try {
      const nodes = this.pages.get(url) ?? (await fetched(url));
      this.pages.set(url, nodes);
      if (url === this.url) this.body.replaceChildren(...nodes.map((node) => node.cloneNode(true)));
    } catch {
      this.body.replaceChildren(element("p", {}, this.strings.instructions_failed));
    }
  }
}

/** The sanitised text of the server's own page; scripts in it could not run under the CSP either. */
async function fetched(url: string): Promise<Node[]> {
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok || response.redirected) throw new Error(`No instructions at ${url}.`);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const main = page.querySelector("main");
  if (!main) throw new Error(`No text at ${url}.`);
  return [...main.childNodes].map((node) => document.importNode(node, true));
}
