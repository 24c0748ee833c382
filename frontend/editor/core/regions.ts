/** What objects cover of an image or a text; the same sums as tasks/kinds/regions.py. */

import type { AttributeValue } from "./answer";

export type Place = readonly number[];
type Ring = readonly Place[];
type Edge = [x: number, y: number, endX: number, endY: number];

/** A shape or a span, whatever its geometry. */
export interface Marked {
  label: string;
  box?: Place;
  rotation?: number;
  polygon?: Ring;
  holes?: readonly Ring[];
  polyline?: Ring;
  keypoints?: Ring;
  mask?: unknown;
  start?: number;
  end?: number;
  attributes?: Record<string, AttributeValue>;
}

/** Above it the crossings of edges are not searched: lines this close count the area instead. */
const MOST_EDGES = 400;
const SCAN_LINES = 512;
const TOLERANCE = 0.001;

const at = (place: Place, axis: number): number => place[axis] ?? 0;

/** An object made ready to be held against others. */
export interface Region {
  /** Left, top, right, bottom. */
  frame: [number, number, number, number] | null;
  /** The area, or the length of a span. */
  extent: number;
  outline: Ring[];
  places: Ring;
  /** Set for a box that is not turned. */
  box: Place | null;
}

export function regionOf(shape: Marked): Region {
  if (shape.start !== undefined) {
    const [start, end] = [shape.start, shape.end ?? shape.start];
    const box = [start, 0, end - start, 1];
    return { frame: [start, 0, end, 1], extent: end - start, outline: [], places: [], box };
  }
  const places = pointsOf(shape);
  return {
    frame: places.length > 0 ? frameOf(places) : null,
    extent: area(shape) ?? 0,
    outline: rings(shape),
    places,
    box: shape.box && (shape.rotation ?? 0) % 360 === 0 ? shape.box : null,
  };
}

/** Width and height: a box's own, whatever its turn; a polygon's from its outermost points. */
export function sides(shape: Marked): [number, number] | null {
  if (shape.box) return [at(shape.box, 2), at(shape.box, 3)];
  if (!shape.polygon) return null;
  const [left, top, right, bottom] = frameOf(shape.polygon);
  return [right - left, bottom - top];
}

export function area(shape: Marked): number | null {
  if (shape.box) return at(shape.box, 2) * at(shape.box, 3);
  const outline = rings(shape);
  return outline.length > 0 ? sharedArea(outline, outline) : null;
}

/** Intersection over union of two areas, or of two stretches of a text. */
export function overlap(a: Region, b: Region): number {
  const shared = sharedOf(a, b);
  const union = a.extent + b.extent - shared;
  return union > 0 ? Math.min(Math.max(shared / union, 0), 1) : 0;
}

/** What `overlap` cannot be above, by the frames and the extents alone. */
export function mostOverlap(a: Region, b: Region): number {
  if (!a.frame || !b.frame) return 0;
  const across = Math.min(a.frame[2], b.frame[2]) - Math.max(a.frame[0], b.frame[0]);
  const down = Math.min(a.frame[3], b.frame[3]) - Math.max(a.frame[1], b.frame[1]);
  if (across <= 0 || down <= 0) return 0;
  const shared = Math.min(across * down, a.extent, b.extent);
  const union = a.extent + b.extent - shared;
  return union > 0 ? shared / union : 0;
}

/** How much of the first lies in the second: of its area or text, or of its points. */
export function shareInside(a: Region, b: Region): number {
  if (a.extent > 0) return sharedOf(a, b) / a.extent;
  if (a.places.length === 0 || b.outline.length === 0) return 0;
  return a.places.filter((place) => isWithin(place, b.outline)).length / a.places.length;
}

/** Whether the frames of two objects have something in common: cheap, before the rest. */
export function mayMeet(a: Region, b: Region): boolean {
  if (!a.frame || !b.frame) return false;
  const [left, top, right, bottom] = a.frame;
  const [otherLeft, otherTop, otherRight, otherBottom] = b.frame;
  return left <= otherRight && otherLeft <= right && top <= otherBottom && otherTop <= bottom;
}

/** The area inside both outlines, each by the even-odd rule. */
function sharedArea(first: readonly Ring[], second: readonly Ring[]): number {
  const mine = edgesOf(first);
  const other = edgesOf(second);
  const levels = levelsOf(mine, other);
  let total = 0;
  for (let line = 0; line + 1 < levels.length; line += 1) {
    const [low, high] = [levels[line] ?? 0, levels[line + 1] ?? 0];
    const middle = (low + high) / 2;
    total += (high - low) * sharedLength(inside(mine, middle), inside(other, middle));
  }
  return total;
}

/** The outlines of a box or a polygon; what only has points covers nothing. */
function rings(shape: Marked): Ring[] {
  if (shape.box) return [corners(shape.box, shape.rotation ?? 0)];
  return shape.polygon ? [shape.polygon, ...(shape.holes ?? [])] : [];
}

/** The corners of an area, the points of a line, the keypoints that are there. */
function pointsOf(shape: Marked): Ring {
  if (shape.polyline) return shape.polyline;
  if (shape.keypoints) return shape.keypoints.filter((point) => at(point, 2) !== 0);
  return rings(shape)[0] ?? [];
}

function corners(box: Place, rotation: number): Ring {
  const [x, y, width, height] = [at(box, 0), at(box, 1), at(box, 2), at(box, 3)];
  const square = [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ];
  if (rotation % 360 === 0) return square;
  const turn = (rotation * Math.PI) / 180;
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const [midX, midY] = [x + width / 2, y + height / 2];
  return square.map((corner) => {
    const [dx, dy] = [at(corner, 0) - midX, at(corner, 1) - midY];
    return [midX + dx * cos - dy * sin, midY + dx * sin + dy * cos];
  });
}

function frameOf(ring: Ring): [number, number, number, number] {
  const across = ring.map((point) => at(point, 0));
  const down = ring.map((point) => at(point, 1));
  return [Math.min(...across), Math.min(...down), Math.max(...across), Math.max(...down)];
}

function sharedOf(a: Region, b: Region): number {
  if (a.box && b.box) return overlapping(a.box, b.box, 0) * overlapping(a.box, b.box, 1);
  const isArea = a.outline.length > 0 && b.outline.length > 0;
  return isArea ? sharedArea(a.outline, b.outline) : 0;
}

function overlapping(a: Place, b: Place, axis: number): number {
  const end = Math.min(at(a, axis) + at(a, axis + 2), at(b, axis) + at(b, axis + 2));
  return Math.max(0, end - Math.max(at(a, axis), at(b, axis)));
}

function edgesOf(outline: readonly Ring[]): Edge[] {
  return outline.flatMap((ring) =>
    ring.map((start, index): Edge => {
      const end = ring[(index + 1) % ring.length] ?? start;
      return [at(start, 0), at(start, 1), at(end, 0), at(end, 1)];
    }),
  );
}

/** The heights between which nothing begins, ends or crosses, within both outlines. */
function levelsOf(mine: Edge[], other: Edge[]): number[] {
  const [heights, otherHeights] = [mine.map((edge) => edge[1]), other.map((edge) => edge[1])];
  const top = Math.max(Math.min(...heights), Math.min(...otherHeights));
  const bottom = Math.min(Math.max(...heights), Math.max(...otherHeights));
  if (top >= bottom) return [];
  const edges = [...mine, ...other];
  if (edges.length > MOST_EDGES) {
    const step = (bottom - top) / SCAN_LINES;
    return Array.from({ length: SCAN_LINES + 1 }, (_, line) => top + step * line);
  }
  const every = new Set([...heights, ...otherHeights, ...crossings(edges)]);
  const between = [...every].filter((height) => top < height && height < bottom);
  return [top, ...between.sort((a, b) => a - b), bottom];
}

function crossings(edges: Edge[]): number[] {
  const found: number[] = [];
  edges.forEach(([x, y, endX, endY], index) => {
    const [across, down] = [endX - x, endY - y];
    for (const [otherX, otherY, otherEndX, otherEndY] of edges.slice(0, index)) {
      const [otherAcross, otherDown] = [otherEndX - otherX, otherEndY - otherY];
      const turn = across * otherDown - down * otherAcross;
      if (turn === 0) continue;
      const [gapX, gapY] = [otherX - x, otherY - y];
      const share = (gapX * otherDown - gapY * otherAcross) / turn;
      const otherShare = (gapX * down - gapY * across) / turn;
      const meets = share >= 0 && share <= 1 && otherShare >= 0 && otherShare <= 1;
      if (meets) found.push(y + share * down);
    }
  });
  return found;
}

/** Where the line at a height goes in and out of an outline, from left to right. */
function inside(edges: Edge[], height: number): number[] {
  const found: number[] = [];
  for (const [x, y, endX, endY] of edges) {
    const isCrossed = (y <= height && height < endY) || (endY <= height && height < y);
    if (isCrossed) found.push(x + ((height - y) / (endY - y)) * (endX - x));
  }
  return found.sort((a, b) => a - b);
}

function sharedLength(mine: number[], other: number[]): number {
  let [total, first, second] = [0, 0, 0];
  while (first + 1 < mine.length && second + 1 < other.length) {
    const [start, end] = [mine[first] ?? 0, mine[first + 1] ?? 0];
    const [otherStart, otherEnd] = [other[second] ?? 0, other[second + 1] ?? 0];
    total += Math.max(0, Math.min(end, otherEnd) - Math.max(start, otherStart));
    if (end < otherEnd) first += 2;
    else second += 2;
  }
  return total;
}

function isWithin(place: Place, outline: readonly Ring[]): boolean {
  const edges = edgesOf(outline);
  const crossed = inside(edges, at(place, 1)).filter((x) => x > at(place, 0));
  return crossed.length % 2 === 1 || edges.some((edge) => away(place, edge) <= TOLERANCE);
}

function away(place: Place, [x, y, endX, endY]: Edge): number {
  const [across, down] = [endX - x, endY - y];
  const length = across * across + down * down;
  const share = length ? ((at(place, 0) - x) * across + (at(place, 1) - y) * down) / length : 0;
  const along = Math.min(Math.max(share, 0), 1);
  return Math.hypot(at(place, 0) - x - along * across, at(place, 1) - y - along * down);
}
