/** Grips at both ends of the selected span, for mouse, pen and finger; the keys are `,` and `.`. */

import { element } from "../dom";
import type { TextSurface, UnitRange } from "../surfaces/text";

export interface GripEvents {
  begun(): void;
  /** The end was dragged to this place of the text. */
  dragged(isStart: boolean, unit: number): void;
  ended(): void;
  cancelled(): void;
}

export class SpanGrips {
  private readonly ends: [start: HTMLElement, end: HTMLElement];
  private range: UnitRange | null = null;
  private frame = 0;
  private stop: AbortController | null = null;

  constructor(
    private readonly surface: TextSurface,
    private readonly events: GripEvents,
  ) {
    this.ends = [this.grip(true), this.grip(false)];
    surface.addOverlay(...this.ends);
    // Text flows anew in a window of another size, and as stretches of it come into view.
    new ResizeObserver(() => this.place()).observe(surface.focusTarget);
  }

  /** Puts the grips where the span is; null takes them away. */
  show(range: UnitRange | null): void {
    this.range = range;
    cancelAnimationFrame(this.frame);
    // Measuring at once would lay the text out once more than it is painted.
    if (range) this.frame = requestAnimationFrame(() => this.place());
    else for (const grip of this.ends) grip.hidden = true;
  }

  private place(): void {
    const { range } = this;
    if (!range) return;
    for (const [index, grip] of this.ends.entries()) {
      const isStart = index === 0;
      const place = this.surface.edgeOnPage(isStart ? range.start : range.end, isStart);
      grip.hidden = false;
      grip.style.left = `${place.left}px`;
      grip.style.top = `${place.top}px`;
      grip.style.height = `${place.height}px`;
    }
  }

  private grip(isStart: boolean): HTMLElement {
    const grip = element("div", { class: "span-grip", "aria-hidden": "true", hidden: true });
    grip.addEventListener("pointerdown", (event) => this.begin(event, grip, isStart));
    return grip;
  }

  private begin(event: PointerEvent, grip: HTMLElement, isStart: boolean): void {
    if (event.button !== 0) return;
    event.preventDefault();
    grip.setPointerCapture(event.pointerId);
    this.stop = new AbortController();
    const { signal } = this.stop;
    // Under the pointer there is to be the text, not the grip.
    for (const one of this.ends) one.classList.add("is-dragged");
    signal.addEventListener("abort", () => {
      for (const one of this.ends) one.classList.remove("is-dragged");
    });
    this.events.begun();
    const move = ({ clientX, clientY }: PointerEvent): void => {
      const unit = this.surface.unitAtPoint(clientX, clientY);
      if (unit !== null) this.events.dragged(isStart, unit);
    };
    grip.addEventListener("pointermove", move, { signal });
    grip.addEventListener("pointerup", () => this.end(), { signal });
    grip.addEventListener("pointercancel", () => this.cancel(), { signal });
    document.addEventListener("keydown", (key) => this.onKey(key), { signal, capture: true });
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.cancel();
  }

  private end(): void {
    this.stop?.abort();
    this.events.ended();
  }

  private cancel(): void {
    this.stop?.abort();
    this.events.cancelled();
  }
}
