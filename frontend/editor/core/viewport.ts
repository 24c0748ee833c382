/** Where the image lies in the view: fitted, zoomed to the cursor, dragged along. */

import type { Point, Size } from "./geometry";

export interface Viewport {
  scale: number;
  x: number;
  y: number;
}

const MARGIN = 12;
const LARGEST_FIT = 8;
const LARGEST_SCALE = 64;

export function fitted(view: Size, image: Size): Viewport {
  const wide = Math.max(view.width - 2 * MARGIN, 1) / image.width;
  const high = Math.max(view.height - 2 * MARGIN, 1) / image.height;
  const scale = Math.min(wide, high, LARGEST_FIT);
  return {
    scale,
    x: (view.width - image.width * scale) / 2,
    y: (view.height - image.height * scale) / 2,
  };
}

/** Zoomed by a factor so that what is under the point stays there. */
export function zoomed(viewport: Viewport, at: Point, factor: number, smallest: number): Viewport {
  const scale = Math.min(Math.max(viewport.scale * factor, smallest), LARGEST_SCALE);
  const ratio = scale / viewport.scale;
  return {
    scale,
    x: at.x - (at.x - viewport.x) * ratio,
    y: at.y - (at.y - viewport.y) * ratio,
  };
}

/** Shifted, but never so far that the image leaves the view. */
export function panned(v: Viewport, dx: number, dy: number, view: Size, image: Size): Viewport {
  const keep = 40;
  const inside = (value: number, length: number, room: number): number =>
    Math.min(Math.max(value, keep - length * v.scale), room - keep);
  return {
    scale: v.scale,
    x: inside(v.x + dx, image.width, view.width),
    y: inside(v.y + dy, image.height, view.height),
  };
}

export function toImage(viewport: Viewport, at: Point): Point {
  return { x: (at.x - viewport.x) / viewport.scale, y: (at.y - viewport.y) / viewport.scale };
}
