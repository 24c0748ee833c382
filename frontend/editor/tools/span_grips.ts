/** Grips at both ends of the selected span, for mouse, pen and finger; the keys are `,` and `.`. */

import { element } from "../dom";
import type { TextSurface, UnitRange } from "../surfaces/text";

export interface GripEvents {
  begun(): void;
  /** The end was dragged to this place of the text. */
  dragged(isStart: boolean, unit: number): void;
  cancelled(): void;
}

export class SpanGrips {
  private readonly ends: [start: HTMLElement, end: HTMLElement];
  private stop: AbortController | null = null;

  constructor(
    private readonly surface: TextSurface,
    private readonly events: GripEvents,
  ) {
    this.ends = [this.grip(true), this.grip(false)];
    surface.addOverlay(...this.ends);
  }

  /** Puts the grips where the span is; null takes them away. */
  show(range: UnitRange | null): void {
    for (const [index, grip] of this.ends.entries()) {
      grip.hidden = range === null;
      if (!range) continue;
      const place = this.surface.placeOnPage(index === 0 ? range.start : range.end, index === 1);
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
    const end = (): void => this.stop?.abort();
    grip.addEventListener("pointermove", move, { signal });
    grip.addEventListener("pointerup", end, { signal });
    grip.addEventListener("pointercancel", end, { signal });
    document.addEventListener("keydown", (key) => this.onKey(key), { signal, capture: true });
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.stop?.abort();
    this.events.cancelled();
  }
}
