import assert from "node:assert/strict";
import { test } from "node:test";
import { segments, type TextMark } from "../editor/surfaces/segments";

const TEXT = "0123456789";
const mark = (id: string, start: number, end: number): TextMark => ({
  id,
  start,
  end,
  color: "",
  label: "",
});

test("segments put together are the whole text", () => {
  const parts = segments(TEXT, [mark("a", 2, 6), mark("b", 4, 9), mark("c", 4, 5)]);
  assert.equal(parts.map(({ start, end }) => TEXT.slice(start, end)).join(""), TEXT);
});

test("nested and crossing spans lie in lanes of their own", () => {
  const parts = segments(TEXT, [mark("a", 0, 6), mark("b", 4, 9), mark("c", 7, 8)]);
  const shared = parts.find(({ start }) => start === 4);
  assert.deepEqual(
    shared?.marks.map(({ id }) => id),
    ["a", "b"],
  );
  assert.equal(new Set(shared?.lanes).size, 2);
  for (const part of parts) assert.equal(new Set(part.lanes).size, part.lanes.length);
});

test("a span opens once", () => {
  const parts = segments(TEXT, [mark("a", 0, 6), mark("b", 0, 6)]);
  assert.deepEqual(
    parts.flatMap(({ opens }) => opens.map(({ id }) => id)),
    ["a", "b"],
  );
});

test("spans that do not lie in the text are left out", () => {
  const parts = segments(TEXT, [mark("a", 5, 50), mark("b", 3, 3)]);
  assert.ok(parts.every(({ marks }) => marks.length === 0));
});
