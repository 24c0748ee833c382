import assert from "node:assert/strict";
import { test } from "node:test";

import { moved, onMap, onScreen, whole, zoomed } from "../pages/map/camera";
import { packed, paint, pixelsOf, SHAPES } from "../pages/map/painting";
import { Points } from "../pages/map/points";

const SIZE = { width: 200, height: 100 };

function made(): Points {
  const points = new Points(Float32Array.from([0, 0, 0.5, 0, -0.5, 0.5]));
  points.groups = Uint8Array.from([0, 1, 1]);
  return points;
}

test("what is at a pixel stays there when the map is zoomed, and goes with it when it is moved", () => {
  const camera = whole(SIZE);
  const before = onMap(camera, SIZE, 130, 20);
  const nearer = zoomed(camera, SIZE, 3, [130, 20]);
  assert.deepEqual(
    onScreen(nearer, SIZE, ...before).map((pixel) => Math.round(pixel)),
    [130, 20],
  );
  const after = onScreen(moved(nearer, 10, -5), SIZE, ...before);
  assert.deepEqual(
    after.map((pixel) => Math.round(pixel)),
    [140, 15],
  );
  assert.ok(zoomed(camera, SIZE, 1e9, [0, 0]).scale < 1e5);
});

test("a lasso takes what is inside, and neither it nor the pointer takes what is hidden", () => {
  const points = made();
  const right = [-0.1, -0.1, 0.9, -0.1, 0.9, 0.1, -0.1, 0.1];
  assert.deepEqual(points.within(right), [0, 1]);
  // A hollow in the loop is outside.
  assert.deepEqual(points.within([...right, -0.1, 0.05, 0.1, 0.05, 0.1, -0.05, -0.1, -0.05]), [1]);
  const camera = whole(SIZE);
  assert.equal(points.at(camera, SIZE, 102, 51, 8), 0);
  assert.equal(points.at(camera, SIZE, 150, 90, 8), null);
  points.show(0, false);
  assert.equal(points.at(camera, SIZE, 102, 51, 8), null);
  assert.deepEqual(points.inView(camera, SIZE), [1, 2]);
  points.show(0, true);
  assert.deepEqual(points.within(right), [0, 1]);
});

test("points are painted in their colour where they are, and none beyond the edge", () => {
  const points = made();
  const pixels = new Uint32Array(SIZE.width * SIZE.height);
  const colours = [packed("#102030"), packed("#ffffff"), packed("#808080")];
  paint(pixels, SIZE, whole(SIZE), points, colours, 2);
  assert.equal(pixels[50 * SIZE.width + 100], 0xff302010);
  assert.ok(pixels.includes(0xffffffff));
  paint(pixels, SIZE, { x: 1, y: 1, scale: 1e5 }, points, colours, 2);
  assert.ok(pixels.every((pixel) => pixel === 0));
  const shapes = SHAPES.map((shape) => pixelsOf(shape, 3).join());
  assert.equal(new Set(shapes).size, SHAPES.length);
});
