/**
 * Shapes over the image. One group carries pan and zoom, and lines keep their width at any zoom.
 * The selected shape and the one being drawn live in a layer of their own, so that a drag paints
 * nothing else anew. Where there are very many shapes, neighbours that look alike share one path.
 */

import type { Drawn } from "../core/answer";
import type { Skeleton } from "../core/schema";
import type { Viewport } from "../core/viewport";
import { setAttributes, svg } from "../dom";
import { geometryOf } from "../geometries/all";
import { TagLayer } from "./tags";

export interface ShapeMark {
  id: string;
  shape: Drawn;
  skeleton?: Skeleton | undefined;
  color: string;
  label: string;
  isSelected?: boolean;
  isDashed?: boolean;
}

/** Marks drawn by the same nodes: one mark, or all that look alike when there are very many. */
interface Part {
  marks: ShapeMark[];
  group: SVGGElement;
  halo: SVGPathElement;
  line: SVGPathElement;
  dots: SVGPathElement;
}

/** With more shapes on the image, those that look alike and lie together share one path. */
const CROWD = 200;
/** Into so many cells a side a crowd is divided: a browser paints only the paths that it needs. */
const CELLS = 10;
/** With more shapes on the image, light edges under the lines cost more than they show. */
const DENSE = 1_000;

export class ShapeLayer {
  /** What lies still. */
  readonly resting = svg("g", { class: "shapes" });
  /** What moves: the selected shape, the one being drawn, and the names. */
  readonly moving = svg("g", { class: "shapes" });
  readonly tags = new TagLayer();
  private readonly restingWorld = svg("g");
  private readonly movingWorld = svg("g");
  private readonly draftHalo = svg("path", { class: "shape-halo" });
  private readonly draftLine = svg("path", { class: "shape-draft" });
  private readonly draftDots = svg("path", { class: "shape-dots" });
  private parts = new Map<string, Part>();
  private selected: Part | null = null;

  constructor() {
    this.movingWorld.append(this.draftHalo, this.draftLine, this.draftDots);
    this.resting.append(this.restingWorld);
    this.moving.append(this.movingWorld, this.tags.element);
  }

  /** Shows the marks, the first at the back. */
  show(marks: ShapeMark[]): void {
    const isCrowd = marks.length > CROWD;
    this.resting.classList.toggle("is-crowd", isCrowd);
    this.resting.classList.toggle("is-dense", marks.length > DENSE);
    this.place(grouped(marks, isCrowd));
    this.showSelected(marks.find(({ isSelected }) => isSelected) ?? null);
    this.tags.show(marks.filter(({ label }) => label !== ""));
  }

  /** A shape as it is for the moment, while a drag is on. */
  preview(id: string, shape: Drawn): void {
    const mark = this.selected?.marks[0];
    if (!this.selected || mark?.id !== id) return;
    const now = { ...mark, shape };
    redraw(this.selected, [now]);
    this.tags.move(now);
  }

  /** The shape that is being drawn; null when none is. */
  draft(draft: { shape: Drawn; skeleton?: Skeleton | undefined; color: string } | null): void {
    const geometry = draft && geometryOf(draft.shape);
    const line = draft && geometry ? geometry.path(draft.shape, draft.skeleton) : "";
    const dots = draft && geometry ? geometry.dots(draft.shape) || pointsAsDots(draft.shape) : "";
    const color = draft?.color ?? "none";
    const isOpen = draft?.shape.polyline !== undefined || draft?.shape.keypoints !== undefined;
    this.draftHalo.setAttribute("d", line);
    setAttributes(this.draftLine, { d: line, stroke: color, fill: isOpen ? "none" : color });
    setAttributes(this.draftDots, { d: dots, stroke: color });
  }

  follow({ x, y, scale }: Viewport): void {
    const transform = `translate(${x} ${y}) scale(${scale})`;
    this.restingWorld.setAttribute("transform", transform);
    this.movingWorld.setAttribute("transform", transform);
    this.tags.follow({ x, y, scale });
  }

  private place(groups: Map<string, ShapeMark[]>): void {
    const kept = new Map<string, Part>();
    let index = 0;
    for (const [key, marks] of groups) {
      const part = this.parts.get(key) ?? newPart(marks);
      redraw(part, marks);
      kept.set(key, part);
      const there = this.restingWorld.children[index] ?? null;
      if (there !== part.group) this.restingWorld.insertBefore(part.group, there);
      index += 1;
    }
    for (const [key, part] of this.parts) if (kept.get(key) !== part) part.group.remove();
    this.parts = kept;
  }

  private showSelected(mark: ShapeMark | null): void {
    if (!mark || this.selected?.marks[0]?.id !== mark.id) {
      this.selected?.group.remove();
      this.selected = mark && newPart([mark]);
      if (this.selected) this.movingWorld.prepend(this.selected.group);
    }
    if (!mark || !this.selected) return;
    this.selected.group.classList.add("is-selected");
    redraw(this.selected, [mark]);
  }
}

/** What is not selected: one by one in its order, or by looks and place when there is very much. */
function grouped(marks: ShapeMark[], isCrowd: boolean): Map<string, ShapeMark[]> {
  const resting = marks.filter(({ isSelected }) => !isSelected);
  if (!isCrowd) return new Map(resting.map((mark) => [mark.id, [mark]]));
  const groups = new Map<string, ShapeMark[]>();
  const cell = reach(resting) / CELLS;
  for (const mark of resting) {
    const geometry = geometryOf(mark.shape);
    const [x, y, width, height] = geometry.bounds(mark.shape);
    const place = `${Math.floor((x + width / 2) / cell)} ${Math.floor((y + height / 2) / cell)}`;
    const key = `${geometry.tool} ${mark.color} ${mark.isDashed === true} ${place}`;
    const group = groups.get(key);
    if (group) group.push(mark);
    else groups.set(key, [mark]);
  }
  return groups;
}

/** How far the marks reach, in pixels of the image; never 0. */
function reach(marks: ShapeMark[]): number {
  return marks.reduce((farthest, { shape }) => {
    const [x, y, width, height] = geometryOf(shape).bounds(shape);
    return Math.max(farthest, x + width, y + height);
  }, 1);
}

function newPart(marks: ShapeMark[]): Part {
  const part: Part = {
    marks: [],
    group: svg("g", { class: "shape-mark", "data-id": marks.length === 1 && marks[0]?.id }),
    halo: svg("path", { class: "shape-halo" }),
    line: svg("path", { class: "shape-line" }),
    dots: svg("path", { class: "shape-dots" }),
  };
  const [{ shape, isDashed } = { shape: {}, isDashed: false }] = marks;
  part.group.append(part.halo, part.line);
  if (shape.keypoints) part.group.append(part.dots);
  part.group.classList.toggle("is-dashed", isDashed === true);
  part.group.classList.toggle("is-open", !shape.box && !shape.polygon);
  return part;
}

/** Draws the marks of a part, unless it shows exactly these already. */
function redraw(part: Part, marks: ShapeMark[]): void {
  const { marks: before } = part;
  const isSame =
    before.length === marks.length &&
    before.every(
      ({ shape, color }, index) => shape === marks[index]?.shape && color === marks[index]?.color,
    );
  part.marks = marks;
  if (isSame) return;
  const path = marks.map(pathOf).join("");
  const color = marks[0]?.color ?? "";
  part.halo.setAttribute("d", path);
  setAttributes(part.line, { d: path, stroke: color, fill: color });
  if (!marks[0]?.shape.keypoints) return;
  const dots = marks.map(({ shape }) => geometryOf(shape).dots(shape)).join("");
  setAttributes(part.dots, { d: dots, stroke: color });
}

/** Shapes never change in place: their paths are worked out once. */
const paths = new WeakMap<Drawn, string>();

function pathOf({ shape, skeleton }: ShapeMark): string {
  const path = paths.get(shape) ?? geometryOf(shape).path(shape, skeleton);
  paths.set(shape, path);
  return path;
}

function pointsAsDots({ polygon, polyline }: Drawn): string {
  return (polygon ?? polyline ?? []).map(([x, y]) => `M${x} ${y}h0`).join("");
}
