/** The text with its spans. Works in UTF-16 units; the tool converts to code points. */

import { element } from "../dom";
import type { Strings } from "../strings";
import { inkOn } from "./colors";
import { type Invisible, invisibleIn } from "./invisible";
import { type Segment, segments, type TextMark } from "./segments";
import { blockAt, blocksOf, type TextBlock } from "./text_blocks";

export interface UnitRange {
  start: number;
  end: number;
}

export class TextSurface {
  readonly element: HTMLElement;
  private readonly page: HTMLElement;
  private readonly caret = element("div", { class: "text-caret", "aria-hidden": "true" });
  private readonly frame: HTMLElement;
  private readonly empty: HTMLElement;
  private text = "";
  private readonly invisible = new Map<number, Invisible>();
  /** Where a part ends whatever marks lie there. */
  private borders: number[] = [];
  private blocks: TextBlock[] = [];
  /** What each block shows now, as a text that changes when its marks do. */
  private drawnKeys: string[] = [];

  constructor(strings: Strings) {
    this.page = element("div", {
      class: "text-page",
      dir: "auto",
      tabindex: 0,
      role: "group",
      "aria-label": strings.item_text,
    });
    this.empty = element("p", { class: "text-empty", role: "note" }, strings.text_empty);
    this.frame = element("div", { class: "text-frame" }, this.empty, this.page, this.caret);
    this.element = element("div", { class: "stage stage-text" }, this.frame);
    this.page.addEventListener("blur", () => this.hideCaret());
  }

  get focusTarget(): HTMLElement {
    return this.page;
  }

  setText(text: string): void {
    this.text = text;
    this.empty.hidden = text.trim() !== "";
    this.blocks = blocksOf(text);
    const found = invisibleIn(text);
    this.invisible.clear();
    for (const mark of found) this.invisible.set(mark.start, mark);
    this.borders = this.blocks.map(({ start }) => start);
    for (const { start, end } of found) this.borders.push(start, end);
    this.drawnKeys = [];
    const frames = this.blocks.map(({ start, isCut }) =>
      element("div", { class: isCut ? "text-block is-cut" : "text-block", "data-start": start }),
    );
    this.page.replaceChildren(...frames);
    this.show([]);
  }

  show(marks: TextMark[]): void {
    const kept = this.hasFocus ? this.selection() : null;
    const parts = segments(this.text, marks, this.borders);
    let next = 0;
    let hasChanged = false;
    for (const [index, { end }] of this.blocks.entries()) {
      const own: Segment[] = [];
      while ((parts[next]?.start ?? end) < end) own.push(parts[next++] as Segment);
      hasChanged = this.draw(index, own) || hasChanged;
    }
    if (kept && hasChanged) this.setSelection(kept);
  }

  /** Draws one block, unless it shows the same already. */
  private draw(index: number, parts: Segment[]): boolean {
    const key = JSON.stringify(
      parts.map(({ start, marks, opens }) => [
        start,
        marks.map(({ id, label, color, isSelected }) => [id, label, color, isSelected]),
        opens.length,
      ]),
    );
    if (this.drawnKeys[index] === key) return false;
    this.drawnKeys[index] = key;
    this.page.children[index]?.replaceChildren(...parts.map((part) => this.part(part)));
    return true;
  }

  private part(part: Segment): HTMLElement {
    const node = drawn(part, this.text);
    const mark = this.invisible.get(part.start);
    if (mark) node.dataset["invisible"] = mark.name;
    return node;
  }

  /** Something that lies over the text, and moves with it. */
  addOverlay(...nodes: HTMLElement[]): void {
    this.frame.append(...nodes);
  }

  /** Where a place of the text is, in the frame of the overlays; at a line's end if `isEnd`. */
  placeOnPage(unit: number, isEnd: boolean): { left: number; top: number; height: number } {
    const { node, offset } = this.placeOf(isEnd ? Math.max(0, unit - 1) : unit);
    const range = document.createRange();
    range.setStart(node, offset);
    range.setEnd(node, node instanceof Text ? Math.min(offset + 1, node.length) : offset);
    const box = range.getBoundingClientRect();
    const frame = this.frame.getBoundingClientRect();
    const isRightToLeft = getComputedStyle(this.page).direction === "rtl";
    const side = isEnd === isRightToLeft ? box.left : box.right;
    return { left: side - frame.left, top: box.top - frame.top, height: box.height };
  }

  /** The place of the text under a point of the window. */
  unitAtPoint(x: number, y: number): number | null {
    const at = document.caretRangeFromPoint?.(x, y);
    const place = at
      ? { node: at.startContainer, offset: at.startOffset }
      : caretPosition(document, x, y);
    return place && this.page.contains(place.node) ? this.unitAt(place.node, place.offset) : null;
  }

  get hasFocus(): boolean {
    return document.activeElement === this.page;
  }

  /** The selected range, or the place of the caret; null when it is elsewhere. */
  selection(): UnitRange | null {
    const chosen = document.getSelection();
    if (!chosen || chosen.rangeCount === 0) return null;
    const range = chosen.getRangeAt(0);
    if (!this.page.contains(range.commonAncestorContainer)) return null;
    return {
      start: this.unitAt(range.startContainer, range.startOffset),
      end: this.unitAt(range.endContainer, range.endOffset),
    };
  }

  setSelection({ start, end }: UnitRange): void {
    const [from, to] = [this.placeOf(start), this.placeOf(end)];
    document.getSelection()?.setBaseAndExtent(from.node, from.offset, to.node, to.offset);
    this.showCaret();
  }

  /** Moves or extends the caret as in an editor; the browser knows lines, words and direction. */
  press(event: KeyboardEvent): boolean {
    const step = STEPS[event.key];
    const chosen = document.getSelection();
    if (!step || !chosen || !this.hasFocus) return false;
    const before = this.selection();
    if (!before) this.setSelection({ start: 0, end: 0 });
    const unit = event.ctrlKey && step.unit === "character" ? "word" : step.unit;
    chosen.modify(event.shiftKey ? "extend" : "move", step.direction, unit);
    if (!this.selection()) this.setSelection(before ?? { start: 0, end: 0 });
    this.showCaret();
    return true;
  }

  private hideCaret(): void {
    this.caret.classList.remove("is-shown");
  }

  private showCaret(): void {
    const chosen = document.getSelection();
    const frame = this.caret.parentElement?.getBoundingClientRect();
    if (!chosen?.focusNode || !frame || !this.hasFocus) return this.hideCaret();
    const range = document.createRange();
    range.setStart(chosen.focusNode, chosen.focusOffset);
    const place = range.getClientRects()[0] ?? this.page.getBoundingClientRect();
    this.caret.style.left = `${place.left - frame.left}px`;
    this.caret.style.top = `${place.top - frame.top}px`;
    this.caret.style.height = `${Math.min(place.height, 30)}px`;
    this.caret.classList.add("is-shown");
    this.caret.scrollIntoView({ block: "nearest" });
  }

  private unitAt(node: Node, offset: number): number {
    if (node === this.page) return this.startOf(this.page.children[offset]);
    if (node instanceof Element && node.parentElement === this.page) {
      const following = node.children[offset] ?? node.nextElementSibling;
      return this.startOf(following);
    }
    const part = node instanceof Element ? node : node.parentElement;
    const start = this.startOf(part?.closest(".text-part"));
    if (node.nodeType === Node.TEXT_NODE) return start + offset;
    return offset === 0 ? start : start + (node.textContent?.length ?? 0);
  }

  private startOf(part: Element | null | undefined): number {
    return part instanceof HTMLElement ? Number(part.dataset["start"]) : this.text.length;
  }

  private placeOf(unit: number): { node: Node; offset: number } {
    const block = this.page.children[blockAt(this.blocks, unit)];
    const parts = [...(block?.children ?? [])] as HTMLElement[];
    const part = parts.findLast((candidate) => Number(candidate.dataset["start"]) <= unit);
    const node = part?.firstChild;
    if (!node) return { node: this.page, offset: 0 };
    const offset = Math.min(unit - this.startOf(part), node.textContent?.length ?? 0);
    return { node, offset };
  }
}

/** Browsers that do not know `caretRangeFromPoint` know this one. */
function caretPosition(
  page: Document,
  x: number,
  y: number,
): { node: Node; offset: number } | null {
  const found = page.caretPositionFromPoint?.(x, y);
  return found ? { node: found.offsetNode, offset: found.offset } : null;
}

type Step = { direction: string; unit: string };
const STEPS: Record<string, Step> = {
  ArrowLeft: { direction: "left", unit: "character" },
  ArrowRight: { direction: "right", unit: "character" },
  ArrowUp: { direction: "backward", unit: "line" },
  ArrowDown: { direction: "forward", unit: "line" },
  Home: { direction: "backward", unit: "lineboundary" },
  End: { direction: "forward", unit: "lineboundary" },
};

const LANE = 4;
const TAG_HEIGHT = 14;

function drawn(part: Segment, text: string): HTMLElement {
  const node = element("span", { class: "text-part", "data-start": part.start });
  node.textContent = text.slice(part.start, part.end);
  if (part.marks.length === 0) return node;
  node.classList.add("is-marked");
  node.classList.toggle(
    "is-selected",
    part.marks.some((mark) => mark.isSelected),
  );
  const inner = part.marks.at(-1);
  // Each span keeps one line of its own under the text, so nested and crossing ones stay apart.
  const lines = part.marks.map((mark, index) => {
    const lane = (part.lanes[index] ?? 0) * LANE;
    const image = `linear-gradient(${mark.color}, ${mark.color})`;
    return `${image} 0 calc(100% - ${lane}px) / 100% 3px no-repeat`;
  });
  node.style.background = lines.join(", ");
  node.style.backgroundColor = `color-mix(in srgb, ${inner?.color ?? ""} 18%, transparent)`;
  if (part.opens.length > 0) {
    node.classList.add("is-opening");
    node.dataset["label"] = part.opens.map((mark) => mark.label).join(" · ");
    node.style.setProperty("--tag-color", part.opens[0]?.color ?? "");
    // Nested spans that begin close together get their labels one above the other.
    const lane = part.lanes[part.marks.indexOf(part.opens[0] as TextMark)] ?? 0;
    node.style.setProperty("--tag-lift", `${Math.min(lane, 1) * TAG_HEIGHT}px`);
    node.style.setProperty("--tag-ink", inkOn(part.opens[0]?.color ?? ""));
  }
  return node;
}
