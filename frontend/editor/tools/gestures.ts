/** Turns pointer events on the image into shapes: draw, move, reshape, select. */

import type { Drawn, Shape } from "../core/answer";
import type { Point } from "../core/geometry";
import { geometryOf } from "../geometries/all";
import { type ShapeEditing, SLACK } from "./shape_editing";

type Gesture =
  | { kind: "idle" }
  /** A point of the shape that is being drawn. */
  | { kind: "place" }
  | { kind: "press"; from: Point; hit: string | null }
  /** A box is pulled open. */
  | { kind: "pull" }
  | { kind: "move"; from: Point; shape: Shape }
  | { kind: "grip"; grip: string; shape: Shape };

/** A press that moves less, in pixels of the view, is a click. */
const CLICK_SLACK = 4;

export class ShapeGestures {
  private gesture: Gesture = { kind: "idle" };
  private hasMoved = false;
  private pressedAt: Point = { x: 0, y: 0 };

  constructor(private readonly editing: ShapeEditing) {
    const { canvas } = editing.surface;
    canvas.classList.add("is-drawing");
    canvas.addEventListener("pointerdown", (event) => this.onDown(event));
    canvas.addEventListener("pointermove", (event) => this.onMove(event));
    canvas.addEventListener("pointerup", (event) => this.onUp(event));
    canvas.addEventListener("pointercancel", () => this.drop());
    canvas.addEventListener("pointerleave", () => editing.point(null));
    canvas.addEventListener("dblclick", () => {
      if (editing.isDrawing && editing.tool !== "box") editing.finish();
    });
  }

  /** Drops the gesture that is on; says whether there was one. */
  drop(): boolean {
    const { kind } = this.gesture;
    if ("shape" in this.gesture) this.editing.preview(this.gesture.shape, {});
    this.gesture = { kind: "idle" };
    if (kind === "pull") this.editing.cancel();
    return kind !== "idle";
  }

  private onDown(event: PointerEvent): void {
    const { surface } = this.editing;
    if (surface.isPan(event)) {
      // A second finger: the first one did not mean to draw.
      this.drop();
      return;
    }
    if (event.button !== 0 || !surface.isReady) return;
    surface.canvas.setPointerCapture(event.pointerId);
    this.pressedAt = { x: event.clientX, y: event.clientY };
    this.hasMoved = false;
    this.editing.cursor = null;
    this.gesture = this.begin(event);
  }

  private begin(event: PointerEvent): Gesture {
    const { editing } = this;
    const from = editing.surface.locate(event);
    if (editing.isDrawing) return { kind: "place" };
    const { selected } = editing;
    const grip = event.target instanceof Element ? event.target.getAttribute("data-grip") : null;
    if (selected && grip) return { kind: "grip", grip, shape: selected.shape };
    if (event.shiftKey) return { kind: "press", from, hit: null };
    const slack = SLACK * editing.surface.unit;
    const isOn = selected && geometryOf(selected.shape).contains(selected.shape, from, slack);
    if (isOn && !selected.isLocked) return { kind: "move", from, shape: selected.shape };
    return { kind: "press", from, hit: editing.hit(from) };
  }

  private onMove(event: PointerEvent): void {
    const { editing, gesture } = this;
    if (editing.surface.isPan(event)) return;
    const [dx, dy] = [event.clientX - this.pressedAt.x, event.clientY - this.pressedAt.y];
    if (Math.hypot(dx, dy) > CLICK_SLACK) this.hasMoved = true;
    const at = editing.surface.locate(event);
    if (gesture.kind === "press" && this.hasMoved && editing.tool === "box") {
      this.gesture = { kind: "pull" };
      editing.add(gesture.from);
    }
    const changes = this.hasMoved ? this.changes(at) : null;
    if (changes && "shape" in gesture) editing.preview(gesture.shape, changes);
    else editing.point(event.pointerType === "touch" && gesture.kind === "idle" ? null : at);
  }

  private onUp(event: PointerEvent): void {
    const { editing, gesture } = this;
    if (gesture.kind === "idle" || event.button !== 0) return;
    const at = editing.surface.locate(event);
    const changes = this.changes(at);
    this.gesture = { kind: "idle" };
    switch (gesture.kind) {
      case "place":
        return editing.add(at);
      case "pull":
        return this.closeBox(at);
      case "press":
        return this.click(gesture.from, gesture.hit);
      case "grip":
        return this.releaseGrip(gesture.grip, gesture.shape, changes);
      case "move":
        if (this.hasMoved && changes) editing.change(gesture.shape, changes);
        // A click inside the selected shape goes on to the one under it, if there is one.
        else editing.select(editing.hit(at, gesture.shape.id) ?? gesture.shape.id);
    }
  }

  private closeBox(at: Point): void {
    this.editing.add(at);
    // Pulled there and back: nothing was meant.
    if (this.editing.isDrawing) this.editing.cancel();
  }

  private click(at: Point, hit: string | null): void {
    this.editing.select(hit);
    if (hit === null) this.editing.add(at);
  }

  private releaseGrip(grip: string, shape: Shape, changes: Drawn | null): void {
    const { editing } = this;
    // A click on the middle of an edge puts a point there; on a point, it chooses it.
    if (changes && (this.hasMoved || grip.startsWith("+"))) editing.change(shape, changes);
    else {
      editing.chosen = grip;
      editing.refresh();
    }
  }

  private changes(at: Point): Drawn | null {
    const { gesture } = this;
    const { size } = this.editing.surface;
    if (gesture.kind === "grip") {
      return geometryOf(gesture.shape).dragged(gesture.shape, gesture.grip, at, size);
    }
    if (gesture.kind !== "move") return null;
    const { from, shape } = gesture;
    return geometryOf(shape).moved(shape, at.x - from.x, at.y - from.y, size);
  }
}
