import assert from "node:assert/strict";
import { test } from "node:test";
import { buildKeymap, keyNames } from "../editor/core/keymap";
import type { LabelSchema } from "../editor/core/schema";

const labels = (...values: string[]): { value: string }[] => values.map((value) => ({ value }));

test("keys of the schema come first, the others get the next free digit", () => {
  const keymap = buildKeymap({
    controls: [
      { name: "c", type: "choice", options: [{ value: "a" }, { value: "b", key: "1" }] },
      { name: "s", type: "shapes", labels: labels("car", "bus") },
    ],
  });
  assert.equal(keymap.keyOf("c", "b"), "1");
  assert.equal(keymap.keyOf("c", "a"), "2");
  assert.deepEqual(keymap.targets.get("3"), { control: "s", value: "car" });
});

test("a letter that the page needs itself goes to no class", () => {
  const options = [{ value: "a", key: "e" }, ...labels("b")];
  const keymap = buildKeymap({ controls: [{ name: "c", type: "choice", options }] }, ["e", "r"]);
  assert.equal(keymap.targets.has("e"), false);
  assert.equal(keymap.keyOf("c", "a"), "1");
});

test("two controls never share a key", () => {
  const schema: LabelSchema = {
    controls: [
      { name: "c", type: "choice", options: [{ value: "a", key: "1" }] },
      { name: "d", type: "choice", options: [{ value: "b", key: "1" }] },
      { name: "r", type: "rating", min: 1, max: 5 },
    ],
  };
  const keymap = buildKeymap(schema);
  const keys = ["a", "b"].map((value, index) => keymap.keyOf(index ? "d" : "c", value));
  assert.equal(new Set([...keys, keymap.keyOf("r", 1)]).size, 3);
  assert.equal(keymap.keyOf("r", 4), "4");
});

test("keys of the page are only given when the schema asks for them", () => {
  const many = labels(..."abcdefghijklmnopqrstuvwxyz0123456789".split(""));
  const keymap = buildKeymap({ controls: [{ name: "s", type: "spans", labels: many }] });
  assert.ok(!keymap.targets.has("s") && !keymap.targets.has("f"));
  const asked = buildKeymap({
    controls: [{ name: "s", type: "spans", labels: [{ value: "x", key: "S" }] }],
  });
  assert.equal(asked.keyOf("s", "x"), "s");
});

test("the keys that draw are given to classes last", () => {
  const many = labels(...Array.from({ length: 16 }, (_, index) => `c${index}`));
  const keymap = buildKeymap({ controls: [{ name: "s", type: "shapes", labels: many }] });
  for (const key of "ohlvnmp") assert.ok(!keymap.targets.has(key), key);
});

test("a key also goes by its place on the board", () => {
  assert.deepEqual(keyNames({ key: "&", code: "Digit1", shiftKey: false }), ["&", "1"]);
  assert.deepEqual(keyNames({ key: "ы", code: "KeyS", shiftKey: false }), ["ы", "s"]);
  assert.deepEqual(keyNames({ key: "q", code: "KeyA", shiftKey: false }), ["q"]);
  assert.deepEqual(keyNames({ key: "Enter", code: "Enter", shiftKey: false }), ["Enter"]);
});
