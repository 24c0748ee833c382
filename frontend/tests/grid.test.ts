import assert from "node:assert/strict";
import { test } from "node:test";

import type { ChoiceControl } from "../editor/core/schema";
import { GridPage, WrongShare } from "../editor/grid/page";

const control: ChoiceControl = {
  name: "bird",
  type: "choice",
  required: true,
  options: [{ value: "robin" }, { value: "wren" }],
};

function page(count: number): GridPage {
  const item = { type: "text" as const, data: {}, media_url: null, width: null, height: null };
  const items = Array.from({ length: count }, (_, index) => ({ assignment: `a${index}`, item }));
  return new GridPage("robin", control, items);
}

test("unmarked items are of the page's class, wrong ones without a class are set aside", () => {
  const one = page(4);
  one.toggle("a1");
  one.give("a2", "wren");
  assert.deepEqual(one.answers, [
    { assignment: "a0", answer: { bird: "robin" } },
    { assignment: "a2", answer: { bird: "wren" } },
    { assignment: "a3", answer: { bird: "robin" } },
  ]);
  assert.deepEqual(one.setAside, ["a1"]);
  assert.equal(one.wrongCount, 2);
});

test("a mark is taken away by the same again, and by the class of the page", () => {
  const one = page(2);
  one.toggle("a0");
  one.toggle("a0");
  one.give("a1", "wren");
  one.give("a1", "wren");
  assert.equal(one.wrongCount, 0);
  one.toggle("a1");
  one.give("a1", "robin");
  assert.equal(one.wrongCount, 0);
});

test("what is left out is neither answered nor set aside", () => {
  const one = page(3);
  one.toggle("a0");
  one.remove(new Set(["a0", "a2"]));
  assert.deepEqual(one.answers, [{ assignment: "a1", answer: { bird: "robin" } }]);
  assert.deepEqual(one.setAside, []);
});

test("what was taken back has its marks under other ids, and their history", () => {
  const one = page(4);
  one.give("a1", "wren");
  one.toggle("a2");
  one.rename(
    new Map([
      ["a0", "b0"],
      ["a1", "b1"],
      ["a3", "b3"],
    ]),
  );
  assert.deepEqual(one.settled, ["b0", "b1", "b3"]);
  assert.deepEqual(one.setAside, ["a2"]);
  assert.equal(one.markOf("b1"), "wren");
  assert.equal(one.undo(), "a2");
  assert.equal(one.undo(), "b1");
  assert.equal(one.wrongCount, 0);
});

test("a rejected item is settled, and is no answer", () => {
  const one = page(3);
  one.put("a0", { reason: "wrong_class" });
  one.put("a1", null);
  assert.deepEqual(one.settled, ["a0", "a2"]);
  assert.deepEqual(one.answers, [{ assignment: "a2", answer: { bird: "robin" } }]);
  assert.equal(one.wrongCount, 2);
});

test("marks are taken back one by one, passing over items that are gone", () => {
  const one = page(3);
  one.give("a0", "wren");
  one.put("a0", { reason: "wrong_class" });
  one.toggle("a1");
  one.remove(new Set(["a1"]));
  assert.equal(one.undo(), "a0");
  assert.equal(one.markOf("a0"), "wren");
  assert.equal(one.undo(), "a0");
  assert.equal(one.markOf("a0"), undefined);
  assert.equal(one.undo(), undefined);
});

test("single items are advised after three pages with more than 30 % wrong", () => {
  const share = new WrongShare();
  const bad = page(10);
  for (const id of ["a0", "a1", "a2", "a3"]) bad.toggle(id);
  share.add(bad);
  share.add(bad);
  assert.equal(share.isTooHigh, false);
  share.add(bad);
  assert.equal(share.isTooHigh, true);
  share.forgetLast();
  assert.equal(share.isTooHigh, false);
  for (let count = 0; count < 3; count += 1) share.add(page(10));
  assert.equal(share.isTooHigh, false);
});
