/** Shapes that are not finished yet, one class per way of drawing. */

import type { Drawn, Keypoint, Vertex, Visibility } from "../core/answer";
import { boxBetween, type Point, type Size, vertexAt } from "../core/geometry";
import type { Skeleton, ToolName } from "../core/schema";
import { ABSENT, nextVisibility } from "../geometries/keypoints";

export interface Drawing {
  /** Takes the next point; true when the shape is complete with it. */
  add(at: Point): boolean;
  /** Takes the last point back; false when none is left. */
  back(): boolean;
  /** What it looks like with a further point there. */
  preview(at: Point | null): Drawn;
  /** The shape as far as it goes; null when it is too little. */
  finish(): Drawn | null;
}

export interface DrawingRoom {
  size: Size;
  /** How near, in pixels of the image, a click on the first point closes a ring. */
  reach(): number;
}

export function drawingFor(
  tool: ToolName,
  room: DrawingRoom,
  skeleton: Skeleton | undefined,
): Drawing {
  switch (tool) {
    case "box":
      return new BoxDrawing(room);
    case "polygon":
      return new LineDrawing(room, "polygon");
    case "polyline":
      return new LineDrawing(room, "polyline");
    case "keypoint":
      return new KeypointDrawing(room, skeleton ?? { names: [], edges: [] });
  }
}

class BoxDrawing implements Drawing {
  private from: Point | null = null;
  private to: Point | null = null;

  constructor(private readonly room: DrawingRoom) {}

  add(at: Point): boolean {
    if (!this.from) {
      this.from = at;
      return false;
    }
    // A double click is one corner, not a tiny box.
    if (Math.hypot(this.from.x - at.x, this.from.y - at.y) <= this.room.reach() / 2) return false;
    this.to = at;
    return true;
  }

  back(): boolean {
    return false;
  }

  preview(at: Point | null): Drawn {
    const [from, to] = [this.from, at ?? this.from];
    return from && to ? { box: boxBetween(from, to, this.room.size) } : {};
  }

  finish(): Drawn | null {
    return this.from && this.to ? { box: boxBetween(this.from, this.to, this.room.size) } : null;
  }
}

export class LineDrawing implements Drawing {
  private line: Vertex[] = [];

  constructor(
    private readonly room: DrawingRoom,
    private readonly kind: "polygon" | "polyline",
  ) {}

  get count(): number {
    return this.line.length;
  }

  add(at: Point): boolean {
    const point = vertexAt(at, this.room.size);
    if (this.closes(at)) return true;
    const last = this.line.at(-1);
    const isSame = last && Math.hypot(last[0] - at.x, last[1] - at.y) <= this.room.reach() / 4;
    if (!isSame) this.line.push(point);
    return false;
  }

  back(): boolean {
    this.line.pop();
    return this.line.length > 0;
  }

  preview(at: Point | null): Drawn {
    const next = at && !this.closes(at) ? [vertexAt(at, this.room.size)] : [];
    return { [this.kind]: [...this.line, ...next] };
  }

  finish(): Drawn | null {
    return this.line.length < (this.kind === "polygon" ? 3 : 2) ? null : { [this.kind]: this.line };
  }

  /** Whether a point is on the first one, so that the ring is closed by it. */
  private closes({ x, y }: Point): boolean {
    const [first] = this.line;
    if (this.kind !== "polygon" || !first || this.line.length < 3) return false;
    return Math.hypot(first[0] - x, first[1] - y) <= this.room.reach();
  }
}

export class KeypointDrawing implements Drawing {
  /** How the next point will be placed. */
  visibility: Visibility = 2;
  private points: Keypoint[] = [];

  constructor(
    private readonly room: DrawingRoom,
    private readonly skeleton: Skeleton,
  ) {}

  /** The name of the point that comes next. */
  get nextName(): string {
    return this.skeleton.names[this.points.length] ?? "";
  }

  add(at: Point): boolean {
    const { visibility } = this;
    this.points.push(visibility ? [...vertexAt(at, this.room.size), visibility] : ABSENT);
    this.visibility = 2;
    return this.points.length >= this.skeleton.names.length;
  }

  /** The next point: visible, occluded, absent and visible again. */
  cycle(): void {
    this.visibility = nextVisibility(this.visibility);
  }

  back(): boolean {
    this.points.pop();
    return this.points.length > 0;
  }

  preview(at: Point | null): Drawn {
    const { visibility } = this;
    const next: Keypoint[] =
      at && visibility ? [[...vertexAt(at, this.room.size), visibility]] : [];
    return { keypoints: [...this.points, ...next] };
  }

  finish(): Drawn | null {
    const missing = this.skeleton.names.length - this.points.length;
    const keypoints = [...this.points, ...Array.from({ length: missing }, () => ABSENT)];
    return keypoints.some(([, , visible]) => visible > 0) ? { keypoints } : null;
  }
}
