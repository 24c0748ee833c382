/** Spans: marked with the mouse or the keyboard; clicked to select, relabel or remove. */

import type { Shape, Span } from "../core/answer";
import { CodePoints, trimmed } from "../core/codepoints";
import { snapped, stepCharacter } from "../core/tokens";
import type { ObjectModel } from "../core/objects";
import { colorOf, type SpansControl, titleOf } from "../core/schema";
import { fill } from "../strings";
import type { TextMark } from "../surfaces/segments";
import type { TextSurface } from "../surfaces/text";
import { Palette } from "./palette";
import { SpanGrips } from "./span_grips";
import type { Tool, ToolContext } from "./tool";

export class SpansTool implements Tool {
  private readonly palette: Palette;

  constructor(
    readonly control: SpansControl,
    private readonly model: ObjectModel,
    private readonly context: ToolContext,
    private readonly points: CodePoints,
  ) {
    const covered = (object: Shape | Span): string => ("text" in object ? object.text : "");
    this.palette = new Palette(control, model, context, context.strings.span_hint, covered);
  }

  get element(): HTMLElement {
    return this.palette.element;
  }

  update(): void {
    this.palette.update();
  }

  choose(value: string | number): void {
    this.palette.choose(value);
  }

  marks(): TextMark[] {
    return (this.context.document.value(this.control) ?? []).map((span) => ({
      id: span.id,
      start: this.points.toUnits(span.start),
      end: this.points.toUnits(span.end),
      color: colorOf(this.control.labels, span.label),
      label: labelTitle(this.control, span.label),
      isSelected: this.model.selected?.id === span.id,
    }));
  }
}

function labelTitle(control: SpansControl, value: string): string {
  const label = control.labels.find((candidate) => candidate.value === value);
  return label ? titleOf(label) : value;
}

/** Whether a selection is widened to whole words; holds for the items that follow, too. */
let snapsToWords = true;

/** What selecting and clicking in the text does to the spans of all spans controls. */
export class SpanEditing {
  private settling: ReturnType<typeof setTimeout> | undefined;
  private readonly grips: SpanGrips;
  private hasDragged = false;

  constructor(
    private readonly surface: TextSurface,
    private readonly model: ObjectModel,
    private readonly context: ToolContext,
    private readonly points: CodePoints,
  ) {
    // The second press of a double click selects the word: what the first one left is over.
    surface.focusTarget.addEventListener("pointerdown", () => clearTimeout(this.settling));
    surface.focusTarget.addEventListener("pointerup", (event) => this.onPointerUp(event));
    this.grips = new SpanGrips(surface, {
      begun: () => this.beginDrag(),
      dragged: (isStart, unit) => this.drag(isStart, unit),
      ended: () => this.context.document.seal(),
      cancelled: () => this.cancelDrag(),
    });
  }

  /** The grips go where the selected span is drawn now. */
  showGrips(): void {
    const { current } = this.model;
    const span = current && "start" in current.object ? current.object : null;
    const units = (place: number): number => this.points.toUnits(place);
    this.grips.show(span && { start: units(span.start), end: units(span.end) });
  }

  /**
   * Arrows move the caret, Enter marks or selects what is there, Escape lets go, `t` switches whole
   * words on and off; comma and full stop move the end of the selected span, with Alt its start.
   */
  press(event: KeyboardEvent, key: string): boolean {
    if (key === "t" && !event.ctrlKey && !event.altKey) return this.toggleSnapping();
    if (key === "," || key === ".") return this.moveEdge(event.altKey, key === "." ? 1 : -1);
    if (this.surface.press(event)) return true;
    if (key === "Enter" && this.surface.hasFocus && !event.ctrlKey) return this.onEnter();
    if (key !== "Escape" || !this.model.selected) return false;
    this.model.select(null);
    return true;
  }

  /** Marks what is selected in the text with the class that sticks. */
  markSelection(): boolean {
    const chosen = this.surface.selection();
    const range = chosen && this.wanted(chosen.start, chosen.end);
    if (!range) return false;
    this.mark(range[0], range[1]);
    this.surface.setSelection({ start: range[1], end: range[1] });
    return true;
  }

  /** A class key over selected text marks it with that class, whatever span was selected. */
  chooseClass(control: SpansControl, label: string): boolean {
    const chosen = this.surface.selection();
    if (!this.surface.hasFocus || !chosen || chosen.start === chosen.end) return false;
    this.model.selected = null;
    this.model.pick(control, label);
    return this.markSelection();
  }

  /** What a selection means: without white space at its ends, and in whole words. */
  private wanted(start: number, end: number): [number, number] | null {
    const { text } = this.points;
    const range = trimmed(text, start, end);
    // Marks of direction count as parts of the word beside them (UAX 29), but nobody means them.
    return range && snapsToWords ? trimmed(text, ...snapped(text, ...range)) : range;
  }

  private toggleSnapping(): boolean {
    snapsToWords = !snapsToWords;
    const { words_on, words_off } = this.context.strings;
    this.context.announce(snapsToWords ? words_on : words_off);
    return true;
  }

  private moveEdge(isStart: boolean, direction: 1 | -1): boolean {
    const { current } = this.model;
    if (current?.control.type !== "spans" || !("start" in current.object)) return false;
    const { start, end } = current.object;
    const edge = this.points.toUnits(isStart ? start : end);
    this.setEdge(isStart, stepCharacter(this.points.text, edge, direction));
    return true;
  }

  /** Changes one end of the selected span; says whether that was possible. */
  private setEdge(isStart: boolean, unit: number): boolean {
    const { current } = this.model;
    if (current?.control.type !== "spans" || !("start" in current.object)) return false;
    const { id, start, end } = current.object;
    const moved = this.points.fromUnits(unit);
    const [from, to] = isStart ? [moved, end] : [start, moved];
    if (from >= to || (from === start && to === end)) return false;
    const changes = { start: from, end: to, text: this.points.slice(from, to) };
    this.model.update(current.control, id, changes, `edge ${id}`);
    return true;
  }

  private beginDrag(): void {
    this.context.document.seal();
    this.hasDragged = false;
  }

  private drag(isStart: boolean, unit: number): void {
    const { text } = this.points;
    const [from, to] = snapped(text, unit, Math.min(unit + 1, text.length));
    const word = isStart ? from : text[unit - 1]?.trim() ? snapped(text, unit - 1, unit)[1] : unit;
    if (this.setEdge(isStart, snapsToWords && to > from ? word : unit)) this.hasDragged = true;
  }

  private cancelDrag(): void {
    if (this.hasDragged) this.context.document.undo();
  }

  private onPointerUp(event: PointerEvent): void {
    if (event.button !== 0) return;
    // The browser settles the selection after this event.
    this.settling = setTimeout(() => {
      if (!this.markSelection()) this.selectAt(this.surface.selection()?.start ?? -1);
    });
  }

  private onEnter(): boolean {
    if (this.markSelection()) return true;
    return this.selectAt(this.surface.selection()?.start ?? -1);
  }

  private mark(startUnit: number, endUnit: number): void {
    const { active } = this.model;
    const control = active?.control.type === "spans" ? active.control : this.controls()[0];
    const label = active?.control === control ? active?.label : control?.labels[0]?.value;
    if (!control || label === undefined) return;
    const start = this.points.fromUnits(startUnit);
    const end = this.points.fromUnits(endUnit);
    const same = this.spans(control).find(
      (span) => span.start === start && span.end === end && span.label === label,
    );
    if (same) return this.model.select({ control: control.name, id: same.id });
    const text = this.points.slice(start, end);
    this.model.add(control, { label, start, end, text });
    const title = labelTitle(control, label);
    this.context.announce(fill(this.context.strings.marked, { label: title, text }));
  }

  /** Selects the span under a place, the innermost first; again: the next one around it. */
  private selectAt(unit: number): boolean {
    const at = this.points.fromUnits(unit);
    const under = this.controls()
      .flatMap((control) => this.spans(control).map((span) => ({ control: control.name, span })))
      .filter(({ span }) => unit >= 0 && span.start <= at && at < span.end)
      .sort((a, b) => a.span.end - a.span.start - (b.span.end - b.span.start));
    const now = under.findIndex(({ span }) => span.id === this.model.selected?.id);
    const next = under[(now + 1) % Math.max(under.length, 1)];
    if (next || this.model.selected) {
      this.model.select(next ? { control: next.control, id: next.span.id } : null);
    }
    return next !== undefined;
  }

  private controls(): SpansControl[] {
    return this.model.controls.filter((control) => control.type === "spans");
  }

  private spans(control: SpansControl): Span[] {
    return this.context.document.value(control) ?? [];
  }
}
