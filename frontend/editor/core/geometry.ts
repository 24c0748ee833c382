/** Points and boxes in pixels of the original image: made, moved, resized, turned, kept inside. */

import type { Box, Vertex } from "./answer";

export interface Point {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export type Handle = "nw" | "n" | "ne" | "e" | "se" | "s" | "sw" | "w";
export const HANDLES: Handle[] = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];

/** A box with a shorter side, in original pixels, is a slip of the hand. */
export const SMALLEST_SIDE = 3;
/** Turned corners keep this far from the edge, so that rounding never puts them outside. */
const TURNED_MARGIN = 0.02;

export const clamp = (value: number, low: number, high: number): number =>
  Math.min(Math.max(value, low), Math.max(low, high));
export const rounded = (value: number): number => Math.round(value * 100) / 100;

export function clampPoint(point: Point, size: Size): Point {
  return { x: clamp(point.x, 0, size.width), y: clamp(point.y, 0, size.height) };
}

/** A point as an answer holds it: inside the image, to a hundredth of a pixel. */
export function vertexAt(point: Point, size: Size): Vertex {
  const { x, y } = clampPoint(point, size);
  return [rounded(x), rounded(y)];
}

export function boxBetween(a: Point, b: Point, size: Size): Box {
  const from = clampPoint(a, size);
  const to = clampPoint(b, size);
  const left = rounded(Math.min(from.x, to.x));
  const top = rounded(Math.min(from.y, to.y));
  return [left, top, rounded(Math.max(from.x, to.x) - left), rounded(Math.max(from.y, to.y) - top)];
}

/** The upright box around points; a box of no size without any. */
export function boundsOf(points: Iterable<readonly number[]>): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x = 0, y = 0] of points) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  return left > right ? [0, 0, 0, 0] : [left, top, right - left, bottom - top];
}

/** The highest of some points; of several, the first. */
export function highestOf(points: readonly (readonly number[])[]): Point {
  const highest = points.reduce((best, point) => ((point[1] ?? 0) < (best[1] ?? 0) ? point : best));
  return { x: highest[0] ?? 0, y: highest[1] ?? 0 };
}

/** At least three pixels a side, or what a tiny image allows. */
export function isBigEnough(box: Box, size: Size): boolean {
  const least = Math.min(SMALLEST_SIDE, size.width / 4, size.height / 4);
  return box[2] >= least && box[3] >= least;
}

/** How far a thing with these bounds can really go when it should go by dx, dy. */
export function allowedShift(bounds: Box, dx: number, dy: number, size: Size): [number, number] {
  const [x, y, width, height] = bounds;
  return [clamp(x + dx, 0, size.width - width) - x, clamp(y + dy, 0, size.height - height) - y];
}

/** The box with one handle dragged to a point; sides may cross over. */
export function resized(box: Box, handle: Handle, to: Point, size: Size): Box {
  const [left, top, right, bottom] = [box[0], box[1], box[0] + box[2], box[1] + box[3]];
  const a = { x: handle.includes("w") ? to.x : left, y: handle.includes("n") ? to.y : top };
  const b = { x: handle.includes("e") ? to.x : right, y: handle.includes("s") ? to.y : bottom };
  return boxBetween(a, b, size);
}

/** The box with its right and bottom sides moved, as the keyboard does it. */
export function grown(box: Box, dx: number, dy: number, size: Size): Box {
  const width = clamp(box[2] + dx, SMALLEST_SIDE, size.width - box[0]);
  const height = clamp(box[3] + dy, SMALLEST_SIDE, size.height - box[1]);
  return [box[0], box[1], rounded(width), rounded(height)];
}

export function handlePoint(box: Box, handle: Handle): Point {
  const x = handle.includes("w") ? 0 : handle.includes("e") ? 1 : 0.5;
  const y = handle.includes("n") ? 0 : handle.includes("s") ? 1 : 0.5;
  return { x: box[0] + x * box[2], y: box[1] + y * box[3] };
}

export function contains(box: Box, point: Point): boolean {
  const [dx, dy] = [point.x - box[0], point.y - box[1]];
  return dx >= 0 && dy >= 0 && dx <= box[2] && dy <= box[3];
}

export function centreOf(box: Box): Point {
  return { x: box[0] + box[2] / 2, y: box[1] + box[3] / 2 };
}

/** The point turned about a centre; degrees, clockwise as the screen sees it. */
export function turnedPoint(point: Point, centre: Point, degrees: number): Point {
  if (degrees === 0) return point;
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [dx, dy] = [point.x - centre.x, point.y - centre.y];
  return { x: centre.x + dx * cos - dy * sin, y: centre.y + dx * sin + dy * cos };
}

/** The corners of a turned box, clockwise from its top left. */
export function cornersOf(box: Box, rotation: number): Vertex[] {
  const centre = centreOf(box);
  const handles: Handle[] = ["nw", "ne", "se", "sw"];
  return handles.map((handle) => {
    const { x, y } = turnedPoint(handlePoint(box, handle), centre, rotation);
    return [x, y];
  });
}

/** The turned box, pushed inside the image; null when it is too large for that. */
export function turnedInside(box: Box, rotation: number, size: Size): Box | null {
  const [left, top, width, height] = boundsOf(cornersOf(box, rotation));
  const [wide, high] = [size.width - 2 * TURNED_MARGIN, size.height - 2 * TURNED_MARGIN];
  if (width > wide || height > high) return null;
  const dx = clamp(left, TURNED_MARGIN, size.width - TURNED_MARGIN - width) - left;
  const dy = clamp(top, TURNED_MARGIN, size.height - TURNED_MARGIN - height) - top;
  return [rounded(box[0] + dx), rounded(box[1] + dy), box[2], box[3]];
}

/** How far a point is from the stretch between two others. */
export function distanceToSegment({ x, y }: Point, a: Vertex, b: Vertex): number {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : clamp(((x - a[0]) * dx + (y - a[1]) * dy) / length, 0, 1);
  return Math.hypot(a[0] + share * dx - x, a[1] + share * dy - y);
}
