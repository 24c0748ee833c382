import assert from "node:assert/strict";
import { test } from "node:test";
import { drawingFor, KeypointDrawing } from "../editor/tools/drawings";

const room = { size: { width: 200, height: 100 }, reach: () => 8 };
const skeleton = { names: ["head", "back", "tail"], edges: [] };

test("two clicks make a box, a double click does not", () => {
  const box = drawingFor("box", room, undefined);
  assert.ok(!box.add({ x: 20, y: 30 }));
  assert.ok(!box.add({ x: 21, y: 30 }));
  assert.ok(box.add({ x: 60, y: 50 }));
  assert.deepEqual(box.finish(), { box: [20, 30, 40, 20] });
});

test("a polygon is closed by its first point", () => {
  const polygon = drawingFor("polygon", room, undefined);
  for (const [x, y] of [
    [10, 10],
    [90, 10],
    [90, 80],
  ] as const)
    assert.ok(!polygon.add({ x, y }));
  assert.ok(polygon.add({ x: 14, y: 13 }));
  assert.deepEqual(polygon.finish()?.polygon?.length, 3);
});

test("two points near the first do not close a ring of two", () => {
  const polygon = drawingFor("polygon", room, undefined);
  polygon.add({ x: 10, y: 10 });
  polygon.add({ x: 60, y: 10 });
  assert.ok(!polygon.add({ x: 14, y: 13 }));
  assert.equal(polygon.finish()?.polygon?.length, 3);
});

test("points can be taken back to the last", () => {
  const line = drawingFor("polyline", room, undefined);
  line.add({ x: 10, y: 10 });
  line.add({ x: 60, y: 10 });
  assert.ok(line.back());
  assert.equal(line.finish(), null);
  assert.ok(!line.back());
});

test("points outside the image are put on its edge", () => {
  const line = drawingFor("polyline", room, undefined);
  line.add({ x: -10, y: 10 });
  line.add({ x: 300, y: 400 });
  assert.deepEqual(line.finish()?.polyline, [
    [0, 10],
    [200, 100],
  ]);
});

test("keypoints come in the order of the skeleton, covered or absent on demand", () => {
  const drawing = new KeypointDrawing(room, skeleton);
  assert.equal(drawing.nextName, "head");
  drawing.add({ x: 10, y: 10 });
  drawing.cycle();
  drawing.add({ x: 20, y: 10 });
  assert.equal(drawing.nextName, "tail");
  drawing.cycle();
  drawing.cycle();
  assert.ok(drawing.add({ x: 30, y: 10 }));
  assert.deepEqual(drawing.finish()?.keypoints, [
    [10, 10, 2],
    [20, 10, 1],
    [0, 0, 0],
  ]);
});

test("a set that ends early has the rest absent; a set of nothing is none", () => {
  const drawing = new KeypointDrawing(room, skeleton);
  assert.equal(drawing.finish(), null);
  drawing.add({ x: 10, y: 10 });
  assert.deepEqual(drawing.finish()?.keypoints?.slice(1), [
    [0, 0, 0],
    [0, 0, 0],
  ]);
});
