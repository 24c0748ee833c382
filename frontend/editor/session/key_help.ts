/** The keys that work on this item, on demand. */

import type { Control } from "../core/schema";
import { element } from "../dom";
import type { Strings } from "../strings";

export type KeyRow = [keys: string, meaning: string];

export class KeyHelp {
  readonly element: HTMLElement;
  private readonly rows = element("dl", { class: "key-rows" });
  private controls: Control[] = [];
  private itemType = "";
  private aids: KeyRow[] = [];

  constructor(private readonly strings: Strings) {
    this.element = element(
      "div",
      { class: "key-help", role: "region", "aria-label": strings.keys, hidden: true, tabindex: 0 },
      element("h2", {}, strings.keys),
      this.rows,
    );
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  toggle(isOpen = this.element.hidden === true): void {
    this.element.hidden = !isOpen;
    if (!isOpen) return;
    this.list();
    this.element.focus();
  }

  setItem(controls: Control[], itemType: string): void {
    this.controls = controls;
    this.itemType = itemType;
    if (this.isOpen) this.list();
  }

  /** The rows of what helps to decide about this item. */
  setAids(rows: KeyRow[]): void {
    this.aids = rows;
    if (this.isOpen) this.list();
  }

  /** What this schema and item can use, nothing else. */
  private list(): void {
    const types = new Set(this.controls.map(({ type }) => type));
    const rows = this.general();
    if (types.has("choice")) rows.push(["/", this.strings.key_search]);
    if (types.has("shapes")) rows.push(...this.forShapes());
    if (types.has("spans")) rows.push(...this.forSpans());
    if (types.has("shapes") || types.has("spans")) rows.push(...this.forObjects());
    if (this.itemType === "image") rows.push(...this.forImage());
    this.rows.replaceChildren(...rows.map(([keys, meaning]) => row(keys, meaning)));
  }

  private general(): KeyRow[] {
    const { strings } = this;
    return [
      ["1 2 3 …", strings.key_class],
      ["Enter", strings.key_submit],
      ["Ctrl Enter", strings.key_submit_text],
      ["s", strings.key_skip],
      ["i", strings.key_instructions],
      ...this.aids,
      ["z", strings.key_take_back],
      ["Ctrl Z", strings.key_undo],
      ["Ctrl Shift Z", strings.key_redo],
      ["Esc", strings.key_cancel],
      ["?", strings.key_help],
    ];
  }

  private forShapes(): KeyRow[] {
    const { strings } = this;
    return [
      ["b", strings.key_place],
      ["← → ↑ ↓", strings.key_arrows],
      [", .", strings.key_turn],
      ["m", strings.key_tool],
      ["n", strings.key_point],
      ["p", strings.key_point_insert],
      ["o", strings.key_hole],
      ["v", strings.key_point_state],
      ["PageUp PageDown", strings.key_order],
      ["h l", strings.key_hide],
      ["Ctrl D", strings.key_duplicate],
      ["Ctrl C Ctrl V", strings.key_copy],
    ];
  }

  private forSpans(): KeyRow[] {
    return [
      ["← → ↑ ↓", this.strings.key_caret],
      ["t", this.strings.key_words],
      [", .", this.strings.key_edge],
    ];
  }

  private forObjects(): KeyRow[] {
    return [
      ["g", this.strings.key_next_object],
      ["Delete", this.strings.key_delete],
    ];
  }

  private forImage(): KeyRow[] {
    return [
      ["f", this.strings.key_fit],
      ["+ −", this.strings.key_zoom],
      ["[ ]", this.strings.key_light],
      ["Space", this.strings.key_pan],
    ];
  }
}

function row(keys: string, meaning: string): HTMLElement {
  const caps = keys.split(" ").map((key) => element("kbd", {}, key));
  return element("div", {}, element("dt", {}, ...caps), element("dd", {}, meaning));
}
