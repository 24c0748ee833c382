/** Rings and lines of points: what they enclose, and points put in, moved and taken out. */

import type { Vertex } from "./answer";
import { distanceToSegment, type Point } from "./geometry";

/** Inside by the even-odd rule, as the server and the screen count it. */
export function isInsideRing(ring: Vertex[], { x, y }: Point): boolean {
  let isInside = false;
  ring.forEach(([ax, ay], index) => {
    const [bx, by] = ring[(index + 1) % ring.length] ?? [ax, ay];
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) isInside = !isInside;
  });
  return isInside;
}

export function isInsideRings(rings: Vertex[][], point: Point): boolean {
  return rings.filter((ring) => isInsideRing(ring, point)).length % 2 === 1;
}

/** Twice the area is the sum of cross products (the shoelace formula). */
export function ringArea(ring: Vertex[]): number {
  const twice = ring.reduce((sum, [ax, ay], index) => {
    const [bx, by] = ring[(index + 1) % ring.length] ?? [ax, ay];
    return sum + ax * by - bx * ay;
  }, 0);
  return Math.abs(twice) / 2;
}

export function lineLength(line: Vertex[]): number {
  return line.reduce((sum, [x, y], index) => {
    const [fromX, fromY] = line[index - 1] ?? [x, y];
    return sum + Math.hypot(x - fromX, y - fromY);
  }, 0);
}

/** How far a point is from the line; from the ring when it is closed. */
export function distanceToLine(line: Vertex[], point: Point, isClosed: boolean): number {
  const ends = line.map((from, index): [Vertex, Vertex | undefined] => [
    from,
    line[index + 1] ?? (isClosed || line.length === 1 ? line[0] : undefined),
  ]);
  return ends.reduce(
    (least, [from, to]) => (to ? Math.min(least, distanceToSegment(point, from, to)) : least),
    Infinity,
  );
}

export function withPoint(line: Vertex[], index: number, point: Vertex): Vertex[] {
  return line.map((old, place) => (place === index ? point : old));
}

/** The line with a point put in after the one at `index`. */
export function withPointAfter(line: Vertex[], index: number, point: Vertex): Vertex[] {
  return [...line.slice(0, index + 1), point, ...line.slice(index + 1)];
}

export function withoutPoint(line: Vertex[], index: number): Vertex[] {
  return line.filter((_, place) => place !== index);
}

/** The middle of the edge that begins at `index`; null after the end of an open line. */
export function edgeMiddle(line: Vertex[], index: number, isClosed: boolean): Vertex | null {
  const from = line[index];
  const to = line[index + 1] ?? (isClosed ? line[0] : undefined);
  return from && to ? [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2] : null;
}

/** SVG path data through the points. */
export function pathThrough(line: Vertex[], isClosed: boolean): string {
  return line.length === 0
    ? ""
    : `M${line.map(([x, y]) => `${x} ${y}`).join("L")}${isClosed ? "Z" : ""}`;
}
