/** Boxes, turned about their centre. */

import type { Box, Drawn } from "../core/answer";
import {
  allowedShift,
  boundsOf,
  boxBetween,
  centreOf,
  contains,
  cornersOf,
  type Handle,
  handlePoint,
  HANDLES,
  highestOf,
  isBigEnough,
  type Point,
  resized,
  rounded,
  type Size,
  turnedInside,
  turnedPoint,
} from "../core/geometry";
import { pathThrough } from "../core/rings";
import { fill } from "../strings";
import type { Geometry, Grip } from "./geometry";

const TURN = "turn";
/** The knob stands this far above the box, in pixels of the view. */
const TURN_DISTANCE = 26;
const DIRECTIONS: Record<Handle, number> = {
  n: 0,
  ne: 45,
  e: 90,
  se: 135,
  s: 180,
  sw: 225,
  w: 270,
  nw: 315,
};

const boxOf = (shape: Drawn): Box => shape.box ?? [0, 0, 0, 0];
const turnOf = (shape: Drawn): number => shape.rotation ?? 0;

export const boxGeometry: Geometry = {
  tool: "box",
  owns: (shape) => shape.box !== undefined,
  bounds: (shape) =>
    turnOf(shape) ? boundsOf(cornersOf(boxOf(shape), turnOf(shape))) : boxOf(shape),
  anchor: (shape) => highestOf(cornersOf(boxOf(shape), turnOf(shape))),
  area: (shape) => boxOf(shape)[2] * boxOf(shape)[3],
  contains: (shape, point) =>
    contains(boxOf(shape), turnedPoint(point, centreOf(boxOf(shape)), -turnOf(shape))),
  isUsable: (shape, size) => isBigEnough(boxOf(shape), size),
  path: (shape) => pathThrough(cornersOf(boxOf(shape), turnOf(shape)), true),
  dots: () => "",
  grips: (shape, unit) => [...corners(shape), turnKnob(shape, unit)],
  moved: (shape, dx, dy, size) => {
    const [x, y, width, height] = boxOf(shape);
    const [right, down] = allowedShift(boxGeometry.bounds(shape), dx, dy, size);
    return placed(
      [rounded(x + right), rounded(y + down), width, height],
      turnOf(shape),
      size,
      shape,
    );
  },
  dragged: (shape, grip, to, size) => {
    const turn = turnOf(shape);
    if (grip === TURN) return turnedTo(shape, angleTo(centreOf(boxOf(shape)), to), size);
    const handle = HANDLES.find((name) => name === grip);
    if (!handle) return {};
    if (turn === 0) return { box: resized(boxOf(shape), handle, to, size) };
    return resizedTurned(shape, handle, to, size);
  },
  describe: (shape, strings) => {
    const [, , width, height] = boxOf(shape);
    const sides = { width: Math.round(width), height: Math.round(height) };
    const turn = turnOf(shape) ? ` · ${Math.round(turnOf(shape))}°` : "";
    return `${strings.tool_box} · ${fill(strings.object_box, sides)}${turn}`;
  },
};

/** The box turned by some degrees; unchanged where the image is too small for it. */
export function turnedBy(shape: Drawn, degrees: number, size: Size): Drawn {
  return turnedTo(shape, turnOf(shape) + degrees, size);
}

function turnedTo(shape: Drawn, degrees: number, size: Size): Drawn {
  const rotation = (Math.round((((degrees % 360) + 360) % 360) * 10) / 10) % 360;
  return placed(boxOf(shape), rotation, size, shape);
}

function placed(box: Box, rotation: number, size: Size, before: Drawn): Drawn {
  if (rotation === 0) {
    const [right, down] = allowedShift(box, 0, 0, size);
    return { box: [rounded(box[0] + right), rounded(box[1] + down), box[2], box[3]], rotation };
  }
  const inside = turnedInside(box, rotation, size);
  return inside ? { box: inside, rotation } : { box: boxOf(before), rotation: turnOf(before) };
}

/** Resized along its own sides, so that the opposite corner stays where it is on the screen. */
function resizedTurned(shape: Drawn, handle: Handle, to: Point, size: Size): Drawn {
  const [box, turn] = [boxOf(shape), turnOf(shape)];
  const centre = centreOf(box);
  const anywhere = { width: Infinity, height: Infinity };
  const shift = 1e6;
  const local = turnedPoint(to, centre, -turn);
  // Far from the origin nothing is cut off; what counts is whether it fits after turning back.
  const far: Box = [box[0] + shift, box[1] + shift, box[2], box[3]];
  const wide = resized(far, handle, { x: local.x + shift, y: local.y + shift }, anywhere);
  const middle = centreOf([wide[0] - shift, wide[1] - shift, wide[2], wide[3]]);
  const { x, y } = turnedPoint(middle, centre, turn);
  const next: Box = [rounded(x - wide[2] / 2), rounded(y - wide[3] / 2), wide[2], wide[3]];
  const hull = boundsOf(cornersOf(next, turn));
  const inside = boxBetween(
    { x: hull[0], y: hull[1] },
    { x: hull[0] + hull[2], y: hull[1] + hull[3] },
    size,
  );
  const isInside = inside[2] >= hull[2] - 0.02 && inside[3] >= hull[3] - 0.02;
  return isInside ? placed(next, turn, size, shape) : {};
}

function corners(shape: Drawn): Grip[] {
  const [box, turn] = [boxOf(shape), turnOf(shape)];
  const centre = centreOf(box);
  return HANDLES.map((handle) => ({
    name: handle,
    kind: "corner",
    direction: (DIRECTIONS[handle] + turn) % 360,
    ...turnedPoint(handlePoint(box, handle), centre, turn),
  }));
}

function turnKnob(shape: Drawn, unit: number): Grip {
  const box = boxOf(shape);
  const top = { x: box[0] + box[2] / 2, y: box[1] - TURN_DISTANCE * unit };
  return { name: TURN, kind: "turn", ...turnedPoint(top, centreOf(box), turnOf(shape)) };
}

/** Degrees clockwise from straight up. */
function angleTo(centre: Point, to: Point): number {
  return (Math.atan2(to.y - centre.y, to.x - centre.x) * 180) / Math.PI + 90;
}
