/** The places of the selected shape that can be taken hold of, and the cross-hair. */

import type { Point, Size } from "../core/geometry";
import type { Viewport } from "../core/viewport";
import { setAttributes, svg } from "../dom";
import type { Grip } from "../geometries/geometry";

const RADIUS: Record<Grip["kind"], number> = { corner: 5, point: 5, insert: 3.5, turn: 6 };
/** Fingers and hurried hands hit a circle of this radius. */
const REACH = 11;
/** Grips nearer to each other than this would lie on one another. */
const APART = 7;
const CURSORS = ["ns-resize", "nesw-resize", "ew-resize", "nwse-resize"];

interface GripNode {
  dot: SVGCircleElement;
  reach: SVGCircleElement;
}

export class GripLayer {
  readonly element = svg("g", { class: "grips" });
  private readonly nodes = new Map<string, GripNode>();
  private grips: Grip[] = [];
  private color = "";
  private chosen: string | null = null;
  private viewport: Viewport = { scale: 1, x: 0, y: 0 };
  private view: Size = { width: 1, height: 1 };

  /** `chosen` is the name of the one that the keyboard works on. */
  show(grips: Grip[], color: string, chosen: string | null): void {
    this.grips = grips;
    this.color = color;
    this.chosen = chosen;
    this.render();
  }

  place(viewport: Viewport, view: Size): void {
    this.viewport = viewport;
    this.view = view;
    this.render();
  }

  private render(): void {
    const shown = new Set<string>();
    let last: Point | null = null;
    for (const grip of this.grips) {
      const at = this.inView(grip);
      const isCramped = last !== null && Math.hypot(at.x - last.x, at.y - last.y) < APART;
      const isChosen = grip.name === this.chosen;
      if (!this.isVisible(at) || (isCramped && grip.kind !== "corner" && !isChosen)) continue;
      if (grip.kind !== "insert") last = at;
      shown.add(grip.name);
      this.put(grip, at, isChosen);
    }
    for (const [name, { dot, reach }] of this.nodes) {
      if (shown.has(name)) continue;
      dot.remove();
      reach.remove();
      this.nodes.delete(name);
    }
  }

  private put(grip: Grip, { x, y }: Point, isChosen: boolean): void {
    const { dot, reach } = this.nodes.get(grip.name) ?? this.newNode(grip);
    const occluded = grip.isOccluded ? " is-occluded" : "";
    const name = `grip grip-${grip.kind}${isChosen ? " is-chosen" : ""}${occluded}`;
    setAttributes(dot, { class: name, cx: x, cy: y, stroke: this.color });
    setAttributes(reach, { class: `grip-reach grip-${grip.kind}`, cx: x, cy: y });
    if (grip.direction === undefined) return;
    const cursor = CURSORS[Math.round(grip.direction / 45) % 4] ?? "";
    if (reach.style.cursor !== cursor) reach.style.cursor = cursor;
  }

  private newNode({ name, kind }: Grip): GripNode {
    const dot = svg("circle", { r: RADIUS[kind] });
    const reach = svg("circle", { r: REACH, "data-grip": name });
    const node = { dot, reach };
    this.nodes.set(name, node);
    this.element.append(dot, reach);
    return node;
  }

  private isVisible({ x, y }: Point): boolean {
    return x > -REACH && y > -REACH && x < this.view.width + REACH && y < this.view.height + REACH;
  }

  private inView({ x, y }: Point): Point {
    const { scale } = this.viewport;
    return { x: this.viewport.x + x * scale, y: this.viewport.y + y * scale };
  }
}

/** Two lines through a point of the image, across the whole view. */
export class Crosshair {
  readonly element = svg("g", { class: "crosshair" });
  private readonly ground = svg("path", { class: "crosshair-ground" });
  private readonly across = svg("path");
  private readonly centre = svg("circle", { r: 7 });
  private at: Point | null = null;
  private isKeyboard = false;
  private viewport: Viewport = { scale: 1, x: 0, y: 0 };
  private view: Size = { width: 1, height: 1 };

  constructor() {
    this.element.append(this.ground, this.across, this.centre);
  }

  /** `isKeyboard`: the point is the cursor of the arrow keys, and has to stand out. */
  show(at: Point | null, isKeyboard: boolean): void {
    this.at = at;
    this.isKeyboard = isKeyboard;
    this.render();
  }

  place(viewport: Viewport, view: Size): void {
    this.viewport = viewport;
    this.view = view;
    if (this.at) this.render();
  }

  private render(): void {
    this.element.classList.toggle("is-shown", this.at !== null);
    this.element.classList.toggle("is-keyboard", this.isKeyboard);
    if (!this.at) return;
    const x = this.viewport.x + this.at.x * this.viewport.scale;
    const y = this.viewport.y + this.at.y * this.viewport.scale;
    const lines = `M0 ${y}H${this.view.width}M${x} 0V${this.view.height}`;
    this.ground.setAttribute("d", lines);
    this.across.setAttribute("d", lines);
    setAttributes(this.centre, { cx: x, cy: y });
  }
}
