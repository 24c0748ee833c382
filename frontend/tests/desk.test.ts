import assert from "node:assert/strict";
import { test } from "node:test";
import { VisibleClock } from "../editor/review/clock";
import { Compared } from "../editor/review/marks";
import { WaitingLine } from "../editor/review/waiting_line";

test("only the time before one's eyes counts", () => {
  const clock = new VisibleClock();
  clock.start(1_000, true);
  clock.hide(1_400);
  clock.hide(1_500);
  clock.show(9_000);
  clock.show(9_050);
  assert.equal(clock.milliseconds(9_100), 500);
  clock.start(10_000, false);
  assert.equal(clock.milliseconds(12_000), 0);
});

test("a task waits in the line once, and goes back to its front", () => {
  const line = new WaitingLine<string>((entry) => entry);
  for (const entry of ["a", "b", "a"]) line.add(entry);
  assert.equal(line.length, 2);
  line.putBack("b");
  assert.deepEqual([line.next(), line.next(), line.next()], ["b", "a", undefined]);
  for (const entry of ["c", "d", "e"]) line.add(entry);
  line.dropAll((entry) => entry === "d");
  assert.deepEqual(line.empty(), ["c", "e"]);
});

test("each object has one role, and what moved leaves a ghost", () => {
  const compared = new Compared([
    { control: "objects", kind: "renamed", before: "a", after: "x" },
    { control: "objects", kind: "moved", before: "a", after: "x" },
    { control: "objects", kind: "removed", before: "b", after: null },
    { control: "objects", kind: "added", before: null, after: "y" },
  ]);
  assert.equal(compared.role("objects", "x"), "renamed");
  assert.equal(compared.role("objects", "y"), "added");
  assert.equal(compared.role("others", "y"), "same");
  assert.equal(compared.baseRole("objects", "a"), "ghost");
  assert.equal(compared.baseRole("objects", "b"), "removed");
  assert.equal(compared.baseRole("objects", "c"), null);
  assert.deepEqual(compared.moves, [{ control: "objects", from: "a", to: "x" }]);
});
