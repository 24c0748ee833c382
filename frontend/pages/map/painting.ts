/**
 * Draws the points straight into the pixels of a picture: fifty thousand take a few milliseconds,
 * where as many calls of a canvas would take ten times as long.
 */

import { type Camera, type Size, whole } from "./camera";
import type { Points } from "./points";

/** The groups have these shapes in turn, so that nobody needs to tell their colours apart. */
export const SHAPES = ["disc", "square", "triangle", "diamond", "cross", "ring", "bar", "plus"];
const RADII = [2, 3, 4, 6];

/** Pairs of a step right and a step down: the pixels of a shape. */
export function pixelsOf(shape: string, radius: number): Int32Array {
  const found: number[] = [];
  for (let down = -radius; down <= radius; down += 1) {
    for (let right = -radius; right <= radius; right += 1) {
      if (isOf(shape, right, down, radius)) found.push(right, down);
    }
  }
  return Int32Array.from(found);
}

function isOf(shape: string, right: number, down: number, radius: number): boolean {
  const [across, along] = [Math.abs(right), Math.abs(down)];
  const far = right * right + down * down;
  switch (shape) {
    case "square":
      return Math.max(across, along) <= radius - 1;
    case "triangle":
      return 2 * across <= down + radius && down < radius;
    case "diamond":
      return across + along <= radius;
    case "cross":
      return Math.abs(across - along) <= (radius > 3 ? 1 : 0);
    case "ring":
      return far <= radius * radius + 1 && far >= (radius - 1.6) ** 2;
    case "bar":
      return along <= Math.max(1, radius - 3);
    case "plus":
      return Math.min(across, along) <= (radius > 3 ? 1 : 0);
    default:
      return far <= radius * radius + 1;
  }
}

/** Larger points where there is more room for them: `count` are shown on the whole map. */
export function radiusAt(camera: Camera, size: Size, ratio: number, count: number): number {
  const times = camera.scale / whole(size).scale;
  const crowd = count / times ** 2;
  const wanted = ratio * (crowd < 500 ? 4 : crowd < 5_000 ? 3 : 2);
  return RADII.findLast((radius) => radius <= wanted) ?? RADII[0]!;
}

/**
 * `pixels` is the picture row by row, one number a pixel, as the canvas wants them. Groups are drawn
 * from the last one on, so that what the legend names first is on top.
 */
export function paint(
  pixels: Uint32Array,
  size: Size,
  camera: Camera,
  points: Points,
  colours: readonly number[],
  radius: number,
): void {
  pixels.fill(0);
  const { places, groups, count } = points;
  const hidden = points.hiddenGroups();
  const { width, height } = size;
  const [left, top] = [width / 2 - camera.x * camera.scale, height / 2 - camera.y * camera.scale];
  const shapes = colours.map((_colour, group) => steps(group, radius, width));
  const last = colours.length - 1;
  // Two rounds: what is "all others" lies below all that has a name.
  for (const isLast of [true, false]) {
    for (let point = 0; point < count; point += 1) {
      const group = groups[point]!;
      if ((group === last) !== isLast || hidden[group]) continue;
      const right = Math.round(places[2 * point]! * camera.scale + left);
      const down = Math.round(places[2 * point + 1]! * camera.scale + top);
      // A point that is cut by the edge is left out: no pixel needs to be looked at.
      if (right < radius || down < radius || right >= width - radius || down >= height - radius)
        continue;
      const at = down * width + right;
      const shape = shapes[group]!;
      const colour = colours[group]!;
      for (let step = 0; step < shape.length; step += 1) pixels[at + shape[step]!] = colour;
    }
  }
}

function steps(group: number, radius: number, width: number): Int32Array {
  const pixels = pixelsOf(SHAPES[group % SHAPES.length]!, radius);
  return Int32Array.from({ length: pixels.length / 2 }, (_empty, at) => {
    return pixels[2 * at + 1]! * width + pixels[2 * at]!;
  });
}

/** A colour as the canvas stores it, from #rrggbb. */
export function packed(colour: string): number {
  const value = Number.parseInt(colour.trim().replace("#", ""), 16);
  const [red, green, blue] = [value >> 16, (value >> 8) & 255, value & 255];
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
