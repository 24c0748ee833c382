/** A taxonomy as a tree: branches fold, arrows walk, and only what is open is on the page. */

import { titleOf, type LabelClass } from "../core/schema";
import { element } from "../dom";

export interface TreeActions {
  choose(value: string): void;
  /** The inside of an entry: swatch, title, key. */
  content(label: LabelClass): (Node | string | null)[];
  keyOf(label: LabelClass): string | undefined;
}

interface Entry {
  label: LabelClass;
  parent: Entry | null;
  level: number;
  place: number;
  siblings: number;
}

/** A taxonomy that is larger than this begins folded. */
const SHOWS_ALL_UP_TO = 30;

export class OptionTree {
  readonly element: HTMLElement;
  private readonly entries = new Map<string, Entry>();
  private readonly open = new Set<string>();
  private chosen = new Set<string>();
  private rows: HTMLElement[] = [];
  private current = "";

  constructor(
    private readonly options: LabelClass[],
    title: string,
    isMultiple: boolean,
    private readonly actions: TreeActions,
  ) {
    this.element = element("div", {
      class: "options option-tree",
      role: "tree",
      "aria-label": title,
      "aria-multiselectable": isMultiple ? "true" : null,
    });
    this.note(options, null);
    if (this.entries.size <= SHOWS_ALL_UP_TO)
      for (const value of this.entries.keys()) this.open.add(value);
    this.current = options[0]?.value ?? "";
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    this.element.addEventListener("click", (event) => this.onClick(event));
    this.draw();
  }

  /** Marks what is chosen, and opens the branches that lead to it. */
  setChosen(values: string[]): void {
    const isSame = values.length === this.chosen.size && values.every((v) => this.chosen.has(v));
    if (isSame) return;
    this.chosen = new Set(values);
    for (const value of values) {
      for (let up = this.entries.get(value)?.parent; up; up = up.parent)
        this.open.add(up.label.value);
    }
    if (values[0] !== undefined && this.entries.has(values[0])) this.current = values[0];
    this.draw();
  }

  /** The titles from the root to an entry. */
  path(value: string): string[] {
    const titles: string[] = [];
    for (let entry = this.entries.get(value); entry; entry = entry.parent ?? undefined) {
      titles.unshift(titleOf(entry.label));
    }
    return titles;
  }

  focus(): void {
    this.rowOf(this.current)?.focus();
  }

  private note(labels: LabelClass[], parent: Entry | null): void {
    for (const [index, label] of labels.entries()) {
      const level = (parent?.level ?? 0) + 1;
      const entry = { label, parent, level, place: index + 1, siblings: labels.length };
      this.entries.set(label.value, entry);
      this.note(label.children ?? [], entry);
    }
  }

  private draw(): void {
    const hadFocus = this.element.contains(document.activeElement);
    this.rows = this.visible(this.options).map((entry) => this.row(entry));
    this.element.replaceChildren(...this.rows);
    if (hadFocus) this.focus();
  }

  private visible(labels: LabelClass[]): Entry[] {
    return labels.flatMap((label) => {
      const entry = this.entries.get(label.value);
      const inside = this.open.has(label.value) ? this.visible(label.children ?? []) : [];
      return entry ? [entry, ...inside] : inside;
    });
  }

  private row({ label, level, place, siblings }: Entry): HTMLElement {
    const { value } = label;
    const isBranch = (label.children ?? []).length > 0;
    const fold = element("span", {
      class: "option-fold",
      "aria-hidden": "true",
      "data-fold": value,
    });
    const row = element(
      "div",
      {
        class: "option",
        role: "treeitem",
        "data-option": value,
        "aria-level": level,
        "aria-posinset": place,
        "aria-setsize": siblings,
        "aria-expanded": isBranch ? String(this.open.has(value)) : null,
        "aria-selected": String(this.chosen.has(value)),
        "aria-keyshortcuts": this.actions.keyOf(label),
        tabindex: value === this.current ? 0 : -1,
      },
      isBranch ? fold : element("span", { class: "option-fold is-leaf" }),
      ...this.actions.content(label),
    );
    row.style.setProperty("--level", String(level - 1));
    return row;
  }

  private onClick(event: MouseEvent): void {
    if (!(event.target instanceof Element)) return;
    const fold = event.target.closest<HTMLElement>("[data-fold]")?.dataset["fold"];
    const value = event.target.closest<HTMLElement>("[data-option]")?.dataset["option"];
    if (value === undefined) return;
    this.current = value;
    if (fold === undefined) this.actions.choose(value);
    else this.setOpen(value, !this.open.has(value));
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.takes(event.key)) event.preventDefault();
  }

  private takes(key: string): boolean {
    const at = this.rows.findIndex((row) => row.dataset["option"] === this.current);
    const isRightToLeft = getComputedStyle(this.element).direction === "rtl";
    if (key === "ArrowDown") this.go(this.rows[at + 1]);
    else if (key === "ArrowUp") this.go(this.rows[at - 1]);
    else if (key === "Home") this.go(this.rows[0]);
    else if (key === "End") this.go(this.rows.at(-1));
    else if (key === (isRightToLeft ? "ArrowLeft" : "ArrowRight")) this.goIn(at);
    else if (key === (isRightToLeft ? "ArrowRight" : "ArrowLeft")) this.goOut();
    // On what is chosen already, Enter sends the answer.
    else if (key === " " || (key === "Enter" && !this.chosen.has(this.current)))
      this.actions.choose(this.current);
    else return false;
    return true;
  }

  /** Opens a branch; when it is open, goes to its first entry. */
  private goIn(at: number): void {
    const isBranch = (this.entries.get(this.current)?.label.children ?? []).length > 0;
    if (!isBranch) return;
    if (this.open.has(this.current)) this.go(this.rows[at + 1]);
    else this.setOpen(this.current, true);
  }

  /** Closes a branch; from anything else goes to the branch around it. */
  private goOut(): void {
    const parent = this.entries.get(this.current)?.parent;
    if (this.open.has(this.current)) this.setOpen(this.current, false);
    else if (parent) this.go(this.rowOf(parent.label.value));
  }

  private go(row: HTMLElement | undefined): void {
    if (!row) return;
    this.rowOf(this.current)?.setAttribute("tabindex", "-1");
    this.current = row.dataset["option"] ?? "";
    row.tabIndex = 0;
    row.focus();
  }

  private setOpen(value: string, isOpen: boolean): void {
    if (isOpen) this.open.add(value);
    else this.open.delete(value);
    this.draw();
  }

  private rowOf(value: string): HTMLElement | undefined {
    return this.rows.find((row) => row.dataset["option"] === value);
  }
}
