/** Places that a question can be pinned to. */

import type { Box, Shape, Span } from "../core/answer";
import { geometryOf } from "../geometries/all";

/** A box in pixels of the original, or a stretch of the text in code points. */
export type Pin = { box: Box } | { start: number; end: number };

/** The place of an object; null for points that are all absent. */
export function pinOf(object: Shape | Span): Pin | null {
  if ("start" in object) return { start: object.start, end: object.end };
  const [x, y, width, height] = geometryOf(object).bounds(object);
  if (width === 0 && height === 0 && x === 0 && y === 0) return null;
  // A line may have no height, and a single point no size at all.
  return { box: [x, y, Math.max(width, 1), Math.max(height, 1)] };
}
