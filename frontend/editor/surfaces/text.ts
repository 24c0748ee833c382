/** The text with its spans. Works in UTF-16 units; the tool converts to code points. */

import { stepCharacter } from "../core/tokens";
import { element } from "../dom";
import type { Strings } from "../strings";
import { inkOn } from "./colors";
import { type Invisible, invisibleIn } from "./invisible";
import { areAlike, laid, type LaidMark, type Segment, segments, type TextMark } from "./segments";
import { blockAt, blocksOf, sharedOut, type TextBlock } from "./text_blocks";

export interface UnitRange {
  start: number;
  end: number;
}

export class TextSurface {
  readonly element: HTMLElement;
  private readonly page: HTMLElement;
  private readonly caret = element("div", { class: "text-caret", "aria-hidden": "true" });
  private caretFrame = 0;
  private readonly frame: HTMLElement;
  private readonly empty: HTMLElement;
  private text = "";
  private readonly invisible = new Map<number, Invisible>();
  private blocks: TextBlock[] = [];
  /** Where the parts of each block end whatever marks lie there. */
  private borders: number[][] = [];
  /** What each block shows now. */
  private drawnMarks: LaidMark[][] = [];

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
    this.borders = sharedOut(this.blocks, found).map((own) =>
      own.flatMap(({ start, end }) => [start, end]),
    );
    this.drawnMarks = [];
    const frames = this.blocks.map(({ start, isCut }) =>
      element("div", { class: isCut ? "text-block is-cut" : "text-block", "data-start": start }),
    );
    this.page.replaceChildren(...frames);
    this.show([]);
  }

  /** Draws the blocks whose marks changed. */
  show(marks: TextMark[]): void {
    const shares = sharedOut(this.blocks, laid(marks, this.text.length));
    const changed = [...shares.entries()].filter(([index, own]) => {
      const drawn = this.drawnMarks[index];
      return !drawn || !areAlike(own, drawn);
    });
    if (changed.length === 0) return;
    const kept = this.hasFocus ? this.selection() : null;
    for (const [index, own] of changed) this.draw(index, own);
    if (kept && !isSameRange(kept, this.selection())) this.setSelection(kept);
  }

  private draw(index: number, marks: LaidMark[]): void {
    const block = this.blocks[index] as TextBlock;
    const parts = segments(block, marks, this.borders[index]);
    this.page.children[index]?.replaceChildren(...parts.map((part) => this.part(part)));
    this.drawnMarks[index] = marks;
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

  /** Where an end of a span is, in the frame of the overlays. */
  edgeOnPage(unit: number, isStart: boolean): { left: number; top: number; height: number } {
    const from = isStart ? unit : stepCharacter(this.text, unit, -1);
    const character = this.text.slice(from, stepCharacter(this.text, from, 1));
    const { node, offset } = this.placeOf(from);
    const range = document.createRange();
    range.setStart(node, offset);
    if (node instanceof Text) range.setEnd(node, Math.min(offset + character.length, node.length));
    const box = range.getBoundingClientRect();
    const frame = this.frame.getBoundingClientRect();
    const side = isStart === RIGHT_TO_LEFT.test(character) ? box.right : box.left;
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
    this.showCaretSoon();
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
    this.showCaretSoon();
    return true;
  }

  private hideCaret(): void {
    this.caret.classList.remove("is-shown");
  }

  /** Measuring at once would lay the text out once more than it is painted. */
  private showCaretSoon(): void {
    cancelAnimationFrame(this.caretFrame);
    this.caretFrame = requestAnimationFrame(() => this.showCaret());
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

function isSameRange(a: UnitRange, b: UnitRange | null): boolean {
  return a.start === b?.start && a.end === b.end;
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

const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

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
  const lines = part.marks.map(({ color, lane }) => {
    const image = `linear-gradient(${color}, ${color})`;
    return `${image} 0 calc(100% - ${lane * LANE}px) / 100% 3px no-repeat`;
  });
  node.style.background = lines.join(", ");
  node.style.backgroundColor = `color-mix(in srgb, ${inner?.color ?? ""} 18%, transparent)`;
  const [first] = part.opens;
  if (first) {
    node.classList.add("is-opening");
    node.dataset["label"] = part.opens.map((mark) => mark.label).join(" · ");
    node.style.setProperty("--tag-color", first.color);
    // Nested spans that begin close together get their labels one above the other.
    node.style.setProperty("--tag-lift", `${Math.min(first.lane, 1) * TAG_HEIGHT}px`);
    node.style.setProperty("--tag-ink", inkOn(first.color));
  }
  return node;
}
