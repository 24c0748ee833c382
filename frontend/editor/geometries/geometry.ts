/** What each geometry offers to drawing, editing and showing; a new one is a file and a line. */

import type { Box, Drawn } from "../core/answer";
import type { Point, Size } from "../core/geometry";
import type { Skeleton, ToolName } from "../core/schema";
import type { Strings } from "../strings";

/** A place that can be taken hold of; its name says which part of the shape follows. */
export interface Grip extends Point {
  name: string;
  kind: "corner" | "point" | "insert" | "turn";
  /** For the shape of the pointer: the direction in which a corner goes, in degrees. */
  direction?: number;
  /** A point that is there but covered. */
  isOccluded?: boolean;
}

export interface Geometry {
  readonly tool: ToolName;
  owns(shape: Drawn): boolean;
  /** The upright box around it. */
  bounds(shape: Drawn): Box;
  /** Where its name stands: a point of it, as high as can be. */
  anchor(shape: Drawn): Point;
  /** What a click competes by: of several shapes under the pointer, the smallest is meant. */
  area(shape: Drawn): number;
  /** Whether a point belongs to it; thin things are widened by the slack. */
  contains(shape: Drawn, point: Point, slack: number): boolean;
  /** Whether it is meant, and not a slip of the hand. */
  isUsable(shape: Drawn, size: Size): boolean;
  /** SVG path data in pixels of the image. */
  path(shape: Drawn, skeleton: Skeleton | undefined): string;
  /** Path data whose every part is one dot; empty for shapes without dots. */
  dots(shape: Drawn): string;
  /** `unit` is how many pixels of the image one pixel of the view is. */
  grips(shape: Drawn, unit: number): Grip[];
  /** The changed part of the shape, moved as far as the image allows. */
  moved(shape: Drawn, dx: number, dy: number, size: Size): Drawn;
  /** The changed part of the shape with one grip at a point. */
  dragged(shape: Drawn, grip: string, to: Point, size: Size): Drawn;
  /** Its measures, for the list of objects. */
  describe(shape: Drawn, strings: Strings): string;
}
