/** Choice: one option or several, as buttons with keys; a taxonomy is a tree, a long list searched. */

import { found, type Listed, listed, marked } from "../core/search";
import { type ChoiceControl, type LabelClass, titleOf } from "../core/schema";
import { element } from "../dom";
import { OptionSearch } from "./option_search";
import { OptionTree } from "./option_tree";
import { controlFrame, keyHint, type Tool, type ToolContext } from "./tool";

const SEARCH_ABOVE = 12;
/** More than these are found by typing, not by looking. */
const MOST_SHOWN = 100;

export class ChoiceTool implements Tool {
  readonly element: HTMLElement;
  private readonly all: Listed[];
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private readonly list = element("div", { class: "options", role: "group" });
  private readonly search: OptionSearch | null;
  private readonly tree: OptionTree | null;
  private readonly path = element("p", { class: "control-hint", role: "status", dir: "auto" });
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
    this.tree = this.all.some(({ depth }) => depth > 0) ? this.makeTree() : null;
    const search = this.search ? [this.search.element] : [];
    const lists = this.tree ? [this.path, this.tree.element, this.list] : [this.list];
    const parts = [note, ...search, ...lists];
    this.element = controlFrame(control, context, ...parts);
    this.showOptions();
    this.update();
  }

  update(): void {
    const chosen = this.chosen();
    for (const [value, button] of this.buttons) {
      button.setAttribute("aria-pressed", String(chosen.includes(value)));
    }
    if (!this.tree) return;
    this.tree.setChosen(chosen);
    const paths = chosen.map((value) => this.tree?.path(value).join(" › ")).join(" · ");
    // Writing the same words again would say them again.
    if (this.path.textContent !== paths) this.path.textContent = paths;
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
      goDown: () => this.goDown(),
    });
  }

  private makeTree(): OptionTree {
    const { control, context } = this;
    return new OptionTree(control.options, titleOf(control), control.multiple === true, {
      choose: (value) => context.isEditable && this.choose(value),
      content: (label) => this.content(label),
      keyOf: (label) => context.keymap.keyOf(control.name, label.value),
    });
  }

  private goDown(): void {
    if (this.tree && !this.query.trim()) this.tree.focus();
    else this.list.querySelector("button")?.focus();
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
    if (this.tree) {
      this.tree.element.hidden = isSearching;
      this.list.hidden = !isSearching;
    }
    const hits = this.tree && !isSearching ? [] : found(this.all, this.query);
    const chosen = this.chosen();
    const shown = hits.filter(
      ({ label }, index) => index < MOST_SHOWN || (!isSearching && chosen.includes(label.value)),
    );
    this.buttons.clear();
    this.list.replaceChildren(...shown.map((entry) => this.option(entry)));
    this.search?.tell(hits.length - shown.length);
  }

  private content(label: LabelClass, path: string[] = []): (Node | null)[] {
    const swatch = label.color ? element("span", { class: "swatch" }) : null;
    if (swatch && label.color) swatch.style.background = label.color;
    const branch = path.length > 0 ? `${path.join(" › ")} › ` : "";
    const parts = marked(titleOf(label), this.query);
    const title = element(
      "span",
      { class: "option-title", dir: "auto" },
      branch && element("span", { class: "option-path" }, branch),
      ...parts.map(([part, isHit]) => (isHit ? element("mark", {}, part) : part)),
    );
    return [swatch, title, keyHint(this.context.keymap.keyOf(this.control.name, label.value))];
  }

  private option({ label, path }: Listed): HTMLButtonElement {
    const button = element(
      "button",
      {
        type: "button",
        class: "option",
        "data-option": label.value,
        "aria-keyshortcuts": this.context.keymap.keyOf(this.control.name, label.value),
        disabled: !this.context.isEditable,
      },
      ...this.content(label, this.query.trim() ? path : []),
    );
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
