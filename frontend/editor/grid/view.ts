/** What surrounds the thumbnails: the class, the keys, the counts, and the button that confirms. */

import type { Keymap } from "../core/keymap";
import { type ChoiceControl, flatten, titleOf } from "../core/schema";
import { element, icon } from "../dom";
import { ApiError } from "../net/http";
import type { MediaAhead } from "../net/media";
import { fill, type Strings } from "../strings";
import { showKeyList } from "./dialogs";
import { Preview } from "./preview";
import { type Sheet, WHY } from "./sheet";

interface Addresses {
  name: string;
  control: ChoiceControl;
  home: string;
  login: string;
  singly: string;
}

interface Actions {
  confirm(): void;
  undo(): void;
  choose(value: string): void;
}

/** Where something is said: how it went. */
type Tone = "" | "good" | "warn" | "bad";

export class GridView {
  readonly preview: Preview;
  private readonly main = element("main", { class: "grid-main" });
  private readonly title = element("h1", { class: "grid-title" });
  private readonly hint = element("span", { class: "grid-hint" });
  private readonly count = element("span", { class: "grid-count" });
  private readonly aside = element("a", { class: "grid-aside", hidden: true });
  private readonly why = element("span", { class: "grid-why", id: WHY });
  private readonly actionKeys: [string, string][] = [];
  private readonly unsent = element("span", { class: "grid-unsent", role: "status" });
  private readonly status = element("p", { class: "grid-status", role: "status" });
  private readonly rows = element("span", { class: "grid-rows" });
  private readonly button: HTMLButtonElement;
  private readonly select: HTMLSelectElement;

  constructor(
    host: HTMLElement,
    private readonly strings: Strings,
    private readonly addresses: Addresses,
    private readonly keymap: Keymap,
    media: MediaAhead,
    private readonly actions: Actions,
  ) {
    this.preview = new Preview(media, strings.grid_preview);
    this.button = this.press("grid-confirm", strings.grid_confirm, "Enter", actions.confirm);
    this.button.disabled = true;
    const undo = this.press("grid-undo", strings.undo, "z", actions.undo);
    this.select = this.classSelect();
    this.aside.href = addresses.singly;
    const home = element(
      "a",
      { class: "icon-button", href: addresses.home, title: strings.back_home },
      icon("home"),
    );
    home.setAttribute("aria-label", strings.back_home);
    const label = element("label", { class: "grid-class" }, `${strings.grid_class} `, this.select);
    host.replaceChildren(
      element("header", { class: "grid-header" }, home, this.title, this.hint, label, this.count),
      this.legend(),
      this.main,
      element(
        "footer",
        { class: "grid-bar" },
        undo,
        this.why,
        this.status,
        this.unsent,
        this.aside,
        this.rows,
        this.button,
      ),
      this.preview.element,
    );
    this.title.textContent = addresses.name;
  }

  get isAsking(): boolean {
    return this.main.querySelector(".grid-choose") !== null;
  }

  /** Where no model proposes: what shall the page be taken for? */
  askForClass(): void {
    const { strings } = this;
    const choices = flatten(this.addresses.control.options).map(({ label }) => {
      const key = this.keymap.keyOf(this.addresses.control.name, label.value);
      return this.press("grid-option", titleOf(label), key, () => this.actions.choose(label.value));
    });
    this.main.replaceChildren(
      element(
        "section",
        { class: "grid-choose" },
        element("h2", {}, strings.grid_choose),
        element("p", {}, strings.grid_choose_hint),
        element("div", { class: "grid-options" }, ...choices),
      ),
    );
    this.main.querySelector("button")?.focus();
  }

  showLoading(): void {
    this.main.setAttribute("aria-busy", "true");
    this.button.disabled = true;
    this.hint.textContent = "";
    this.rows.textContent = this.strings.loading;
  }

  showSheet(sheet: Sheet): void {
    this.main.removeAttribute("aria-busy");
    const { value } = sheet.page;
    const label = this.titleFor(value);
    this.title.textContent = label;
    this.hint.textContent = fill(this.strings.grid_hint, { label });
    this.select.value = value;
    this.main.replaceChildren(sheet.element);
    this.main.scrollTop = 0;
    this.update(sheet);
  }

  /** What is marked, and what was not on screen yet. */
  update(sheet: Sheet | null): void {
    if (!sheet) return;
    const left = sheet.unseenRows;
    this.button.disabled = left > 0;
    this.rows.textContent =
      left > 0
        ? fill(this.strings.grid_rows_left, { count: left })
        : fill(this.strings.grid_wrong_count, { count: sheet.page.wrongCount });
    this.rows.classList.toggle("is-locked", left > 0);
  }

  showDone(setAside: number): void {
    const { strings } = this;
    const sentence = setAside > 0 ? fill(strings.grid_set_aside, { count: setAside }) : "";
    this.showEmpty(strings.grid_done, sentence, this.singlyLink());
  }

  showProblem(error: unknown, retry: () => void): void {
    const { strings } = this;
    const known = error instanceof ApiError ? error : null;
    const isLogin = known?.trouble === "login";
    const sentence = isLogin
      ? strings.login_expired
      : known?.trouble === "refused"
        ? known.message
        : strings.next_failed;
    const login = element("a", { href: this.addresses.login, target: "_blank" }, strings.login);
    const again = this.press("grid-option", strings.try_again, undefined, retry);
    this.showEmpty(strings.next_failed_title, sentence, isLogin ? login : null, again);
  }

  setCounts(done: number, setAside: number): void {
    this.count.textContent = fill(this.strings.done_count, { count: done });
    this.aside.hidden = setAside === 0;
    this.aside.textContent = fill(this.strings.grid_set_aside, { count: setAside });
  }

  /** What speaks against the current thumbnail, where that is known. */
  setWhy(sentence: string | undefined): void {
    this.why.textContent = sentence ?? "";
  }

  /** A further button for the current thumbnail, with its key. */
  addAction(title: string, key: string, act: () => void): void {
    this.addKey(title, key);
    const button = this.press("grid-action", title, key, act);
    this.why.before(button);
  }

  /** A further key, which the list of keys tells of. */
  addKey(title: string, key: string): void {
    this.actionKeys.push([key, title]);
  }

  get hasDialog(): boolean {
    return document.querySelector("dialog[open]") !== null;
  }

  showKeys(): void {
    const { strings } = this;
    showKeyList(strings.keys, strings.close, [
      ...this.classKeys,
      ["\u2190 \u2191 \u2192 \u2193", strings.grid_key_move],
      [strings.grid_key_space, strings.grid_key_toggle],
      ...this.actionKeys,
      ["v", strings.grid_preview],
      ["z", strings.undo],
      ["Enter", strings.grid_confirm],
      ["?", strings.key_help],
    ]);
  }

  setUnsent(count: number, halt: "offline" | "login" | null): void {
    const { unsent, unsent_login, unsent_offline } = this.strings;
    const sentence = halt === "login" ? unsent_login : halt === "offline" ? unsent_offline : unsent;
    this.unsent.textContent = count > 0 ? fill(sentence, { count }) : "";
  }

  setStatus(sentence: string, tone: Tone = ""): void {
    this.status.textContent = sentence;
    this.status.dataset["tone"] = tone;
  }

  suggestSingly(): void {
    this.setStatus(this.strings.grid_slow, "warn");
    this.status.append(" ", this.singlyLink());
  }

  private showEmpty(title: string, sentence: string, ...ways: (HTMLElement | null)[]): void {
    this.main.removeAttribute("aria-busy");
    this.button.disabled = true;
    this.hint.textContent = this.rows.textContent = "";
    this.main.replaceChildren(
      element(
        "section",
        { class: "grid-choose" },
        element("h2", {}, title),
        element("p", {}, sentence),
        element("div", { class: "grid-options" }, ...ways),
      ),
    );
    this.main.querySelector<HTMLElement>("a, button")?.focus();
  }

  private titleFor(value: string): string {
    const found = flatten(this.addresses.control.options).find(
      ({ label }) => label.value === value,
    );
    return found ? titleOf(found.label) : value;
  }

  private singlyLink(): HTMLAnchorElement {
    return element("a", { href: this.addresses.singly }, this.strings.grid_singly);
  }

  private press(
    name: string,
    title: string,
    key: string | undefined,
    act: () => void,
  ): HTMLButtonElement {
    const hint = key ? element("kbd", { "aria-hidden": "true" }, key) : null;
    const button = element("button", { type: "button", class: `grid-button ${name}` }, title, hint);
    button.addEventListener("click", act);
    return button;
  }

  private classSelect(): HTMLSelectElement {
    const options = flatten(this.addresses.control.options).map(({ label, depth }) =>
      element("option", { value: label.value }, `${"\u00a0\u00a0".repeat(depth)}${titleOf(label)}`),
    );
    const select = element("select", {}, ...options);
    select.value = "";
    select.addEventListener("change", () => {
      this.actions.choose(select.value);
      select.blur();
    });
    return select;
  }

  /** The keys of the classes, and that of the larger look. */
  private legend(): HTMLElement {
    const keys: [string, string][] = [...this.classKeys, ["v", this.strings.grid_preview]];
    const help = element("button", { type: "button", class: "grid-help" }, this.strings.keys);
    help.append(element("kbd", { "aria-hidden": "true" }, "?"));
    help.addEventListener("click", () => this.showKeys());
    const shown = keys.map(([key, title]) =>
      element("span", { class: "grid-key" }, element("kbd", {}, key), ` ${title}`),
    );
    return element("div", { class: "grid-legend" }, ...shown, help);
  }

  private get classKeys(): [string, string][] {
    const { control } = this.addresses;
    return flatten(control.options).flatMap(({ label }): [string, string][] => {
      const key = this.keymap.keyOf(control.name, label.value);
      return key ? [[key, titleOf(label)]] : [];
    });
  }
}
