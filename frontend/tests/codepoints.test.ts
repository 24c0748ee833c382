import assert from "node:assert/strict";
import { test } from "node:test";
import { CodePoints, trimmed } from "../editor/core/codepoints";

const TEXTS = ["", "plain", "🙂", "a🙂b🙂🙂c", "北京 𠮷野家", "قال محمد", "e\u0301 👩‍👩‍👧"];

test("offsets agree with the code points of the language", () => {
  for (const text of TEXTS) {
    const points = new CodePoints(text);
    const all = [...text];
    assert.equal(points.length, all.length);
    for (let at = 0; at <= all.length; at += 1) {
      const units = all.slice(0, at).join("").length;
      assert.equal(points.toUnits(at), units);
      assert.equal(points.fromUnits(units), at);
    }
  }
});

test("a slice by code points is the text between them", () => {
  assert.equal(new CodePoints("a🙂b🙂🙂c").slice(1, 4), "🙂b🙂");
});

test("an offset inside a pair counts as before it", () => {
  assert.equal(new CodePoints("a🙂b").fromUnits(2), 1);
});

test("white space at the ends of a selection is left out", () => {
  assert.deepEqual(trimmed("a  bc  d", 1, 7), [3, 5]);
  assert.equal(trimmed("a   b", 1, 4), null);
  assert.deepEqual(trimmed("\u200f three\u200f", 0, 8), [2, 7]);
});
