/** Polygons with holes and polylines: rows of points, closed or open. */

import type { Drawn, Vertex } from "../core/answer";
import {
  allowedShift,
  boundsOf,
  highestOf,
  rounded,
  type Size,
  SMALLEST_SIDE,
  vertexAt,
} from "../core/geometry";
import {
  distanceToLine,
  edgeMiddle,
  isInsideRing,
  isInsideRings,
  lineLength,
  pathThrough,
  ringArea,
  withoutPoint,
  withPoint,
  withPointAfter,
} from "../core/rings";
import { fill, type Strings } from "../strings";
import type { Geometry, Grip } from "./geometry";

/** Which point of which row: the outline is row 0, its holes follow. */
export interface VertexPlace {
  row: number;
  index: number;
}

/** Edges that are shorter on the screen have no grip in their middle. */
const SHORTEST_EDGE = 26;
/** With more points, only every edge that is long gets its grip, and points come first. */
const MOST_POINTS = 400;

export const polygonGeometry = outline("polygon", 3);
export const polylineGeometry = outline("polyline", 2);

export const gripName = ({ row, index }: VertexPlace): string => `${row}:${index}`;

export function placeOf(grip: string): VertexPlace | null {
  const found = /^\+?(\d+):(\d+)$/u.exec(grip);
  return found ? { row: Number(found[1]), index: Number(found[2]) } : null;
}

export function isOutline(shape: Drawn): boolean {
  return shape.polygon !== undefined || shape.polyline !== undefined;
}

/** The outline first, then the holes. */
export function rowsOf(shape: Drawn): Vertex[][] {
  if (shape.polyline) return [shape.polyline];
  return shape.polygon ? [shape.polygon, ...(shape.holes ?? [])] : [];
}

/** The shape without one point; null when too few would be left. A hole of three goes as a whole. */
export function withoutVertex(shape: Drawn, { row, index }: VertexPlace): Drawn | null {
  const rows = rowsOf(shape);
  const least = shape.polygon ? 3 : 2;
  const line = rows[row] ?? [];
  if (line.length > least) return replaced(shape, row, withoutPoint(line, index));
  return row > 0
    ? withRows(
        shape,
        rows.filter((_, place) => place !== row),
      )
    : null;
}

/** The shape with a point in the middle of the edge that begins at a point. */
export function withVertexAfter(shape: Drawn, { row, index }: VertexPlace): Drawn | null {
  const line = rowsOf(shape)[row] ?? [];
  const middle = edgeMiddle(line, index, shape.polygon !== undefined);
  return (
    middle &&
    replaced(shape, row, withPointAfter(line, index, [rounded(middle[0]), rounded(middle[1])]))
  );
}

export function withHole(shape: Drawn, hole: Vertex[]): Drawn {
  return { holes: [...(shape.holes ?? []), hole] };
}

/** Whether the points of every hole lie inside the outline. */
export function holesFit(shape: Drawn): boolean {
  const [ring = [], ...holes] = rowsOf(shape);
  return holes.every((hole) =>
    hole.every(
      ([x, y]) => isInsideRing(ring, { x, y }) || distanceToLine(ring, { x, y }, true) < 0.001,
    ),
  );
}

function outline(tool: "polygon" | "polyline", least: number): Geometry {
  const isClosed = tool === "polygon";
  return {
    tool,
    owns: (shape) => shape[tool] !== undefined,
    bounds: (shape) => boundsOf(shape[tool] ?? []),
    anchor: (shape) => highestOf(shape[tool] ?? [[0, 0]]),
    area: (shape) => (isClosed ? ringArea(shape.polygon ?? []) : 0),
    contains: (shape, point, slack) => {
      const rows = rowsOf(shape);
      if (isClosed && isInsideRings(rows, point)) return true;
      return rows.some((row) => distanceToLine(row, point, isClosed) <= slack);
    },
    isUsable: (shape, size) =>
      (shape[tool] ?? []).length >= least && isLarge(shape, size) && holesFit(shape),
    path: (shape) =>
      rowsOf(shape)
        .map((row) => pathThrough(row, isClosed))
        .join(""),
    dots: () => "",
    grips: (shape, unit) =>
      rowsOf(shape).flatMap((row, place) => gripsOf(row, place, isClosed, unit)),
    moved: (shape, dx, dy, size) => {
      const [right, down] = allowedShift(boundsOf(shape[tool] ?? []), dx, dy, size);
      const rows = rowsOf(shape).map((row) =>
        row.map(([x, y]): Vertex => vertexAt({ x: x + right, y: y + down }, size)),
      );
      return withRows(shape, rows);
    },
    dragged: (shape, grip, to, size) => {
      const place = placeOf(grip);
      const line = place && rowsOf(shape)[place.row];
      if (!place || !line) return {};
      const point = vertexAt(to, size);
      const isNew = grip.startsWith("+");
      return replaced(
        shape,
        place.row,
        isNew ? withPointAfter(line, place.index, point) : withPoint(line, place.index, point),
      );
    },
    describe: (shape, strings) => described(shape, strings),
  };
}

function isLarge(shape: Drawn, size: Size): boolean {
  const least = Math.min(SMALLEST_SIDE, size.width / 4, size.height / 4);
  if (shape.polyline) return lineLength(shape.polyline) >= least;
  return rowsOf(shape).every((ring) => ringArea(ring) >= (least * least) / 2);
}

function gripsOf(row: Vertex[], place: number, isClosed: boolean, unit: number): Grip[] {
  const points = row.map(([x, y], index): Grip => ({
    name: gripName({ row: place, index }),
    kind: "point",
    x,
    y,
  }));
  const middles = row.flatMap(([x, y], index): Grip[] => {
    const middle = row.length > MOST_POINTS ? null : edgeMiddle(row, index, isClosed);
    if (!middle || 2 * Math.hypot(middle[0] - x, middle[1] - y) < SHORTEST_EDGE * unit) return [];
    const name = `+${gripName({ row: place, index })}`;
    return [{ name, kind: "insert", x: middle[0], y: middle[1] }];
  });
  return [...middles, ...points];
}

function replaced(shape: Drawn, row: number, line: Vertex[]): Drawn {
  return withRows(
    shape,
    rowsOf(shape).map((old, place) => (place === row ? line : old)),
  );
}

function withRows(shape: Drawn, [first = [], ...holes]: Vertex[][]): Drawn {
  if (shape.polyline) return { polyline: first };
  return holes.length > 0 || shape.holes ? { polygon: first, holes } : { polygon: first };
}

function described(shape: Drawn, strings: Strings): string {
  const count = rowsOf(shape).reduce((sum, row) => sum + row.length, 0);
  const name = shape.polygon ? strings.tool_polygon : strings.tool_polyline;
  return `${name} · ${fill(strings.object_points, { count })}`;
}
