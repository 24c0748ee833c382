/** Keypoint sets: the points of a skeleton, each visible, occluded or absent. */

import type { Drawn, Keypoint, Vertex, Visibility } from "../core/answer";
import { allowedShift, boundsOf, contains, highestOf, vertexAt } from "../core/geometry";
import { fill } from "../strings";
import type { Geometry } from "./geometry";
import { placeOf } from "./outlines";

export const ABSENT: Keypoint = [0, 0, 0];

export const keypointGeometry: Geometry = {
  tool: "keypoint",
  owns: (shape) => shape.keypoints !== undefined,
  bounds: (shape) => boundsOf(present(shape)),
  anchor: (shape) => highestOf(present(shape)),
  area: (shape) => {
    const [, , width, height] = boundsOf(present(shape));
    return width * height;
  },
  // Anywhere between its points: edges are too thin to take hold of.
  contains: (shape, { x, y }, slack) => {
    const [left, top, width, height] = boundsOf(present(shape));
    return contains([left - slack, top - slack, width + 2 * slack, height + 2 * slack], { x, y });
  },
  isUsable: (shape) => present(shape).length > 0,
  path: (shape, skeleton) =>
    (skeleton?.edges ?? [])
      .map(([from, to]) => [shape.keypoints?.[from], shape.keypoints?.[to]])
      .map(([from, to]) => (from?.[2] && to?.[2] ? `M${from[0]} ${from[1]}L${to[0]} ${to[1]}` : ""))
      .join(""),
  // A line of no length with round ends is a dot that keeps its size at any zoom.
  dots: (shape) =>
    present(shape)
      .map(([x, y]) => `M${x} ${y}h0`)
      .join(""),
  grips: (shape) =>
    (shape.keypoints ?? []).flatMap(([x, y, visible], index) =>
      visible
        ? [{ name: `0:${index}`, kind: "point" as const, x, y, isOccluded: visible === 1 }]
        : [],
    ),
  moved: (shape, dx, dy, size) => {
    const [right, down] = allowedShift(boundsOf(present(shape)), dx, dy, size);
    return changed(shape, ([x, y, visible]) => [
      ...vertexAt({ x: x + right, y: y + down }, size),
      visible,
    ]);
  },
  dragged: (shape, grip, to, size) => {
    const place = placeOf(grip);
    return changed(shape, (point, index) =>
      index === place?.index ? [...vertexAt(to, size), point[2]] : point,
    );
  },
  describe: (shape, strings) => {
    const [count, total] = [present(shape).length, shape.keypoints?.length ?? 0];
    return `${strings.tool_keypoint} · ${fill(strings.object_keypoints, { count, total })}`;
  },
};

/** The set with the next state of one point: visible, occluded, absent and visible again. */
export function withNextState(shape: Drawn, index: number, fallback: Vertex): Drawn {
  return changed(
    shape,
    (point, place) => {
      if (place !== index) return point;
      const next = nextVisibility(point[2]);
      const [x, y] = point[2] ? point : fallback;
      return next === 0 ? ABSENT : [x, y, next];
    },
    true,
  );
}

export function nextVisibility(visible: Visibility): Visibility {
  return visible === 2 ? 1 : visible === 1 ? 0 : 2;
}

function present(shape: Drawn): Keypoint[] {
  return (shape.keypoints ?? []).filter(([, , visible]) => visible > 0);
}

function changed(
  shape: Drawn,
  change: (point: Keypoint, index: number) => Keypoint,
  isAbsentToo = false,
): Drawn {
  const keypoints = (shape.keypoints ?? []).map((point, index) =>
    point[2] || isAbsentToo ? change(point, index) : point,
  );
  return { keypoints };
}
