import assert from "node:assert/strict";
import { test } from "node:test";
import { pinOf } from "../editor/tools/pins";

const object = { id: "o1", label: "robin" };

test("a span is a stretch of the text, a shape the box around it", () => {
  assert.deepEqual(pinOf({ ...object, start: 2, end: 7, text: "robin" }), { start: 2, end: 7 });
  assert.deepEqual(pinOf({ ...object, box: [1, 2, 30, 40] }), { box: [1, 2, 30, 40] });
  const polygon: [number, number][] = [
    [10, 10],
    [30, 20],
    [20, 50],
  ];
  assert.deepEqual(pinOf({ ...object, polygon }), { box: [10, 10, 20, 40] });
});

test("a level line has an area, and points that are all absent no place", () => {
  const polyline: [number, number][] = [
    [5, 8],
    [25, 8],
  ];
  assert.deepEqual(pinOf({ ...object, polyline }), { box: [5, 8, 20, 1] });
  assert.deepEqual(pinOf({ ...object, keypoints: [[9, 9, 2]] }), { box: [9, 9, 1, 1] });
  assert.equal(pinOf({ ...object, keypoints: [[9, 9, 0]] }), null);
});
