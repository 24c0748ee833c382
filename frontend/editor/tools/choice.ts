/** Choice: one option or several, as buttons with keys; a taxonomy is indented, a long list searched. */

import { found, type Listed, listed } from "../core/search";
import { type ChoiceControl, titleOf } from "../core/schema";
import { element } from "../dom";
import { OptionSearch } from "./option_search";
import { controlFrame, keyHint, type Tool, type ToolContext } from "./tool";

const SEARCH_ABOVE = 12;
/** More than these are found by typing, not by looking. */
const MOST_SHOWN = 100;
const DEEPEST = 5;

export class ChoiceTool implements Tool {
  readonly element: HTMLElement;
  private readonly all: Listed[];
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private readonly list = element("div", { class: "options", role: "group" });
  private readonly search: OptionSearch | null;
  private query = "";

  constructor(
    readonly control: ChoiceControl,
    private readonly context: ToolContext,
    private readonly isQuick: boolean,
  ) {
    const { strings } = context;
    this.all = listed(control.options);
    this.search = this.all.length > SEARCH_ABOVE && context.isEditable ? this.makeSearch() : null;
    const hint = isQuick ? strings.quick_hint : control.multiple ? strings.select_several : "";
    const sentence = this.all.length === 0 ? strings.no_options : hint;
    const note = element("p", { class: "control-hint" }, context.isEditable && sentence);
    const parts = this.search ? [note, this.search.element, this.list] : [note, this.list];
    this.element = controlFrame(control, context, ...parts);
    this.showOptions();
    this.update();
  }

  update(): void {
    const chosen = this.chosen();
    for (const [value, button] of this.buttons) {
      button.setAttribute("aria-pressed", String(chosen.includes(value)));
    }
  }

  /** `/` begins to search. */
  press(key: string): boolean {
    if (key !== "/" || !this.search) return false;
    this.search.focus();
    return true;
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

  private makeSearch(): OptionSearch {
    return new OptionSearch(this.context.strings, {
      search: (query) => this.onSearch(query),
      takeFirst: () => this.takeFirst(),
      goDown: () => this.list.querySelector("button")?.focus(),
    });
  }

  private onSearch(query: string): void {
    this.query = query;
    this.showOptions();
    this.update();
  }

  private takeFirst(): void {
    const [first] = this.query.trim() ? found(this.all, this.query) : [];
    if (!first) return;
    this.search?.clear();
    this.choose(first.label.value);
  }

  /** The hits, and of the whole list what is chosen however far down it stands. */
  private showOptions(): void {
    const isSearching = this.query.trim() !== "";
    const hits = found(this.all, this.query);
    const chosen = this.chosen();
    const shown = hits.filter(
      ({ label }, index) => index < MOST_SHOWN || (!isSearching && chosen.includes(label.value)),
    );
    this.buttons.clear();
    this.list.replaceChildren(...shown.map((entry) => this.option(entry, isSearching)));
    this.search?.tell(hits.length - shown.length);
  }

  private option({ label, depth, path }: Listed, isSearching: boolean): HTMLButtonElement {
    const key = this.context.keymap.keyOf(this.control.name, label.value);
    const swatch = label.color ? element("span", { class: "swatch" }) : null;
    if (swatch && label.color) swatch.style.background = label.color;
    const branch = isSearching && path.length > 0 ? `${path.join(" › ")} › ` : "";
    const title = element(
      "span",
      { class: "option-title", dir: "auto" },
      branch && element("span", { class: "option-path" }, branch),
      titleOf(label),
    );
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
      title,
      keyHint(key),
    );
    if (depth > 0 && !isSearching) {
      button.style.marginInlineStart = `${Math.min(depth, DEEPEST) * 14}px`;
    }
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
    const wanted = new Set(values);
    return this.all.map(({ label }) => label.value).filter((value) => wanted.has(value));
  }
}
