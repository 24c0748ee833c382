/** Turns pointer events on the image into boxes: draw, move, resize, select. */

import type { Box } from "../core/answer";
import {
  boxBetween,
  contains,
  type Handle,
  HANDLES,
  moved,
  type Point,
  resized,
} from "../core/geometry";
import type { ImageSurface } from "../surfaces/image";

export interface BoxTarget {
  boxes(): { id: string; box: Box }[];
  selectedId(): string | null;
  color(): string;
  create(box: Box): void;
  update(id: string, box: Box): void;
  select(id: string | null): void;
}

type Gesture =
  | { kind: "idle" }
  | { kind: "draw"; from: Point; hit: string | null }
  /** The first of two clicks is made. */
  | { kind: "corner"; from: Point }
  | { kind: "move"; from: Point; id: string; box: Box }
  | { kind: "resize"; from: Point; id: string; box: Box; handle: Handle };

/** A press that moves less, in view pixels, is a click. */
const CLICK_SLACK = 4;

export class BoxGestures {
  private gesture: Gesture = { kind: "idle" };
  private hasMoved = false;
  private pressedAt: Point = { x: 0, y: 0 };

  constructor(
    private readonly surface: ImageSurface,
    private readonly target: BoxTarget,
  ) {
    const { canvas } = surface;
    canvas.classList.add("is-drawing");
    canvas.addEventListener("pointerdown", (event) => this.onDown(event));
    canvas.addEventListener("pointermove", (event) => this.onMove(event));
    canvas.addEventListener("pointerup", (event) => this.onUp(event));
    canvas.addEventListener("pointercancel", () => this.cancel());
  }

  /** Drops the gesture that is on; says whether there was one. */
  cancel(): boolean {
    const wasOn = this.gesture.kind !== "idle";
    this.gesture = { kind: "idle" };
    this.surface.boxes.stretch(null);
    if (wasOn) this.target.select(this.target.selectedId());
    return wasOn;
  }

  private onDown(event: PointerEvent): void {
    if (event.button !== 0 || this.surface.isPan(event)) return;
    this.surface.canvas.setPointerCapture(event.pointerId);
    this.pressedAt = { x: event.clientX, y: event.clientY };
    this.hasMoved = false;
    if (this.gesture.kind === "corner") return;
    this.gesture = this.begin(event);
  }

  private begin(event: PointerEvent): Gesture {
    const from = this.surface.locate(event);
    const selected = this.target.boxes().find(({ id }) => id === this.target.selectedId());
    const name = event.target instanceof Element ? event.target.getAttribute("data-handle") : null;
    const handle = HANDLES.find((candidate) => candidate === name);
    if (selected && handle) return { kind: "resize", from, handle, ...selected };
    if (selected && contains(selected.box, from) && !event.shiftKey) {
      return { kind: "move", from, ...selected };
    }
    return { kind: "draw", from, hit: event.shiftKey ? null : this.hit(from) };
  }

  private onMove(event: PointerEvent): void {
    const [dx, dy] = [event.clientX - this.pressedAt.x, event.clientY - this.pressedAt.y];
    if (Math.hypot(dx, dy) > CLICK_SLACK) this.hasMoved = true;
    const { gesture } = this;
    const at = this.surface.locate(event);
    if (gesture.kind === "corner" || (gesture.kind === "draw" && this.hasMoved)) {
      const box = boxBetween(gesture.from, at, this.surface.size);
      this.surface.boxes.stretch({ box, color: this.target.color() });
    } else if ((gesture.kind === "move" || gesture.kind === "resize") && this.hasMoved) {
      this.surface.boxes.preview(gesture.id, this.result(gesture, at));
    }
  }

  private onUp(event: PointerEvent): void {
    const { gesture } = this;
    if (gesture.kind === "idle" || event.button !== 0) return;
    const at = this.surface.locate(event);
    // A double click is one corner, not a tiny box.
    if (gesture.kind === "corner" && this.isNear(gesture.from, at)) return;
    this.gesture = { kind: "idle" };
    this.surface.boxes.stretch(null);
    if (gesture.kind === "corner" || (gesture.kind === "draw" && this.hasMoved)) {
      this.target.create(boxBetween(gesture.from, at, this.surface.size));
    } else if (gesture.kind === "draw") {
      this.click(gesture.from, gesture.hit);
    } else if (this.hasMoved) {
      this.target.update(gesture.id, this.result(gesture, at));
    } else if (gesture.kind === "move") {
      // A click inside the selected box goes on to the box under it, if there is one.
      this.target.select(this.hit(at, gesture.id) ?? gesture.id);
    }
  }

  private isNear(a: Point, b: Point): boolean {
    return Math.hypot(a.x - b.x, a.y - b.y) * this.surface.viewport.scale <= CLICK_SLACK;
  }

  private click(at: Point, hit: string | null): void {
    this.target.select(hit);
    if (hit === null) this.gesture = { kind: "corner", from: at };
  }

  private result(gesture: Extract<Gesture, { kind: "move" | "resize" }>, at: Point): Box {
    const { from, box } = gesture;
    if (gesture.kind === "move") {
      return moved(box, at.x - from.x, at.y - from.y, this.surface.size);
    }
    return resized(box, gesture.handle, at, this.surface.size);
  }

  /** The smallest box at a point: a small one inside a large one stays within reach. */
  private hit(at: Point, except: string | null = null): string | null {
    const under = this.target
      .boxes()
      .filter(({ id, box }) => id !== except && contains(box, at))
      .sort((a, b) => a.box[2] * a.box[3] - b.box[2] * b.box[3]);
    return under[0]?.id ?? null;
  }
}
