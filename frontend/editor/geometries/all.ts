/** Every geometry that can be drawn, by the tool that draws it. */

import type { Drawn } from "../core/answer";
import type { ToolName } from "../core/schema";
import { boxGeometry } from "./box";
import type { Geometry } from "./geometry";
import { keypointGeometry } from "./keypoints";
import { polygonGeometry, polylineGeometry } from "./outlines";

export const GEOMETRIES: Record<ToolName, Geometry> = {
  box: boxGeometry,
  polygon: polygonGeometry,
  polyline: polylineGeometry,
  keypoint: keypointGeometry,
};

const LIST = Object.values(GEOMETRIES);

export function geometryOf(shape: Drawn): Geometry {
  return LIST.find((geometry) => geometry.owns(shape)) ?? boxGeometry;
}
