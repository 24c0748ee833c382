import assert from "node:assert/strict";
import { test } from "node:test";
import { boxGeometry } from "../editor/geometries/box";
import type { Box } from "../editor/core/answer";
import {
  boxBetween,
  grown,
  HANDLES,
  isBigEnough,
  resized,
  SMALLEST_SIDE,
} from "../editor/core/geometry";
import { fitted, toImage, zoomed } from "../editor/core/viewport";

const SIZE = { width: 640, height: 480 };

function isInside(box: Box): boolean {
  const [x, y, width, height] = box;
  return x >= 0 && y >= 0 && x + width <= SIZE.width + 0.01 && y + height <= SIZE.height + 0.01;
}

test("a box is the same from any of its corners", () => {
  const expected = [10, 20, 30, 40];
  assert.deepEqual(boxBetween({ x: 10, y: 20 }, { x: 40, y: 60 }, SIZE), expected);
  assert.deepEqual(boxBetween({ x: 40, y: 20 }, { x: 10, y: 60 }, SIZE), expected);
});

test("no change leads out of the image", () => {
  const box: Box = [600, 400, 40, 80];
  assert.ok(isInside(boxBetween({ x: -50, y: -50 }, { x: 900, y: 900 }, SIZE)));
  assert.deepEqual(boxGeometry.moved({ box }, 100, 100, SIZE).box, box);
  assert.deepEqual(boxGeometry.moved({ box }, -1000, -1000, SIZE).box, [0, 0, 40, 80]);
  assert.ok(isInside(grown(box, 100, 100, SIZE)));
  for (const handle of HANDLES) {
    assert.ok(isInside(resized(box, handle, { x: 5000, y: -5000 }, SIZE)), handle);
  }
});

test("a handle dragged over the other side turns the box around", () => {
  assert.deepEqual(resized([10, 10, 20, 20], "e", { x: 5, y: 0 }, SIZE), [5, 10, 5, 20]);
});

test("the keyboard cannot shrink a box to nothing", () => {
  const small = grown([10, 10, 5, 5], -100, -100, SIZE);
  assert.deepEqual(small, [10, 10, SMALLEST_SIDE, SMALLEST_SIDE]);
});

test("slips of the hand are too small, but not on a tiny image", () => {
  assert.ok(!isBigEnough([0, 0, 2, 50], SIZE));
  assert.ok(isBigEnough([0, 0, 1, 1], { width: 4, height: 4 }));
});

test("zooming keeps what is under the cursor", () => {
  const start = fitted({ width: 1000, height: 700 }, SIZE);
  const at = { x: 300, y: 200 };
  const before = toImage(start, at);
  const after = toImage(zoomed(start, at, 3, 0.1), at);
  assert.ok(Math.abs(before.x - after.x) < 1e-9 && Math.abs(before.y - after.y) < 1e-9);
});
