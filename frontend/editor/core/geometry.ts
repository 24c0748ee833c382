/** Boxes in pixels of the original image: made, moved, resized and kept inside. */

import type { Box } from "./answer";

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

const clamp = (value: number, low: number, high: number): number =>
  Math.min(Math.max(value, low), Math.max(low, high));
const rounded = (value: number): number => Math.round(value * 100) / 100;

export function clampPoint(point: Point, size: Size): Point {
  return { x: clamp(point.x, 0, size.width), y: clamp(point.y, 0, size.height) };
}

export function boxBetween(a: Point, b: Point, size: Size): Box {
  const from = clampPoint(a, size);
  const to = clampPoint(b, size);
  const left = rounded(Math.min(from.x, to.x));
  const top = rounded(Math.min(from.y, to.y));
  return [left, top, rounded(Math.max(from.x, to.x) - left), rounded(Math.max(from.y, to.y) - top)];
}

/** At least three pixels a side, or what a tiny image allows. */
export function isBigEnough(box: Box, size: Size): boolean {
  const least = Math.min(SMALLEST_SIDE, size.width / 4, size.height / 4);
  return box[2] >= least && box[3] >= least;
}

export function moved(box: Box, dx: number, dy: number, size: Size): Box {
  const x = rounded(clamp(box[0] + dx, 0, size.width - box[2]));
  const y = rounded(clamp(box[1] + dy, 0, size.height - box[3]));
  return [x, y, box[2], box[3]];
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
