/** Moving the image by hand: wheel, Space or the middle button, two fingers. */

import type { Point } from "../core/geometry";

export interface Movable {
  readonly canvas: HTMLElement;
  zoom(factor: number, at?: Point): void;
  pan(dx: number, dy: number): void;
}

export class PanZoom {
  isSpaceDown = false;
  private readonly touches = new Map<number, Point>();
  private isPinchOn = false;

  constructor(private readonly surface: Movable) {
    const { canvas } = surface;
    canvas.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.onDown(event));
    canvas.addEventListener("pointermove", (event) => this.onMove(event));
    for (const name of ["pointerup", "pointercancel"] as const) {
      canvas.addEventListener(name, (event) => this.onUp(event));
    }
    canvas.addEventListener("auxclick", (event) => event.preventDefault());
  }

  /** Whether this press moves the image instead of drawing. */
  isPan(event: PointerEvent): boolean {
    return event.button === 1 || (event.button === 0 && this.isSpaceDown);
  }

  /** Two fingers are on the image, or were until the last one is lifted. */
  get isPinch(): boolean {
    return this.isPinchOn;
  }

  private onWheel(event: WheelEvent): void {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
    this.surface.zoom(Math.exp(-event.deltaY * lines * 0.0015), this.inView(event));
  }

  private onDown(event: PointerEvent): void {
    if (event.pointerType === "touch") {
      this.touches.set(event.pointerId, this.inView(event));
      if (this.touches.size === 2) this.isPinchOn = true;
    } else if (this.isPan(event)) {
      this.drag(event);
    }
  }

  private drag(event: PointerEvent): void {
    event.preventDefault();
    const { canvas } = this.surface;
    canvas.setPointerCapture(event.pointerId);
    const move = (to: PointerEvent): void => this.surface.pan(to.movementX, to.movementY);
    canvas.addEventListener("pointermove", move);
    const stop = (): void => canvas.removeEventListener("pointermove", move);
    canvas.addEventListener("lostpointercapture", stop, { once: true });
  }

  private onMove(event: PointerEvent): void {
    const from = this.touches.get(event.pointerId);
    if (!from) return;
    const to = this.inView(event);
    this.touches.set(event.pointerId, to);
    const other = [...this.touches].find(([id]) => id !== event.pointerId)?.[1];
    if (!other) return;
    // The middle between the fingers goes with them, and what lies there stays there.
    this.surface.pan((to.x - from.x) / 2, (to.y - from.y) / 2);
    const before = Math.hypot(from.x - other.x, from.y - other.y);
    const middle = { x: (to.x + other.x) / 2, y: (to.y + other.y) / 2 };
    if (before > 1) this.surface.zoom(Math.hypot(to.x - other.x, to.y - other.y) / before, middle);
  }

  private onUp(event: PointerEvent): void {
    this.touches.delete(event.pointerId);
    // Only after the other listeners have seen this pointer go up as part of the pinch.
    if (this.touches.size === 0) setTimeout(() => (this.isPinchOn = false));
  }

  private inView(event: { clientX: number; clientY: number }): Point {
    const frame = this.surface.canvas.getBoundingClientRect();
    return { x: event.clientX - frame.left, y: event.clientY - frame.top };
  }
}
