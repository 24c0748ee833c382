import assert from "node:assert/strict";
import { test } from "node:test";
import { found, listed, marked } from "../editor/core/search";

const BIRDS = [
  { value: "passerine", title: "Passerine", children: [{ value: "robin", title: "Robin" }] },
  { value: "wren", title: "Épervier brun" },
  { value: "x-wren", title: "Zaunkönig" },
];

const values = (query: string): string[] =>
  found(listed(BIRDS), query).map(({ label }) => label.value);

test("without words everything is there, parents first, with depth and path", () => {
  assert.deepEqual(values("  "), ["passerine", "robin", "wren", "x-wren"]);
  const robin = listed(BIRDS)[1];
  assert.deepEqual([robin?.depth, robin?.path], [1, ["Passerine"]]);
});

test("case and accents do not matter, and every word must be there", () => {
  assert.deepEqual(values("EPERV"), ["wren"]);
  assert.deepEqual(values("konig zaun"), ["x-wren"]);
  assert.deepEqual(values("robin zaun"), []);
});

test("what begins with the word comes before what has it inside", () => {
  const all = listed([
    { value: "b", title: "Barn swallow" },
    { value: "s", title: "Swallow" },
  ]);
  assert.deepEqual(
    found(all, "swal").map(({ label }) => label.value),
    ["s", "b"],
  );
});

test("ten thousand classes are searched in one go", () => {
  const many = listed(Array.from({ length: 10_000 }, (_, n) => ({ value: `class ${n}` })));
  assert.equal(found(many, "9999").length, 1);
});

test("what was typed is marked, whatever its case and accents", () => {
  assert.deepEqual(marked("Épervier brun", "eper BR"), [
    ["Éper", true],
    ["vier ", false],
    ["br", true],
    ["un", false],
  ]);
  assert.deepEqual(marked("Straße", ""), [["Straße", false]]);
  assert.deepEqual(marked("aaa", "aa"), [["aaa", true]]);
});
