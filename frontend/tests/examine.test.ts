import assert from "node:assert/strict";
import { test } from "node:test";
import { between, placeAfter } from "../pages/examine";

const steps = { columns: 4, count: 10, isRightToLeft: false };

test("arrows move over the tiles and stop at the edges", () => {
  const moves = ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Enter"];
  assert.deepEqual(
    moves.map((key) => placeAfter(key, 5, steps)),
    [6, 4, 9, 1, null],
  );
  assert.equal(placeAfter("ArrowDown", 7, steps), 7);
  assert.equal(placeAfter("ArrowLeft", 0, steps), 0);
});

test("from right to left the arrows sideways change places", () => {
  assert.equal(placeAfter("ArrowLeft", 5, { ...steps, isRightToLeft: true }), 6);
});

test("a range holds both its ends, in whichever order they were clicked", () => {
  const all = ["a", "b", "c", "d"];
  assert.deepEqual([between(all, 3, 1), between(all, 1, 3)], [all.slice(1), all.slice(1)]);
});
