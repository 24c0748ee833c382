import assert from "node:assert/strict";
import { test } from "node:test";
import { areAlike, laid, type Segment, segments, type TextMark } from "../editor/surfaces/segments";
import { blocksOf, sharedOut } from "../editor/surfaces/text_blocks";

const TEXT = "0123456789";
const mark = (id: string, start: number, end: number): TextMark => ({
  id,
  start,
  end,
  color: "",
  label: "",
});

function drawn(marks: TextMark[], borders: number[] = []): Segment[] {
  return segments({ start: 0, end: TEXT.length }, laid(marks, TEXT.length), borders);
}

/** Numbers below a limit that look random and are the same every time (mulberry32). */
function numbers(seed: number): (limit: number) => number {
  return (limit) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

test("segments put together are the whole text", () => {
  const parts = drawn([mark("a", 2, 6), mark("b", 4, 9), mark("c", 4, 5)]);
  assert.equal(parts.map(({ start, end }) => TEXT.slice(start, end)).join(""), TEXT);
});

test("nested and crossing spans lie in lanes of their own", () => {
  const parts = drawn([mark("a", 0, 6), mark("b", 4, 9), mark("c", 7, 8)]);
  const shared = parts.find(({ start }) => start === 4);
  assert.deepEqual(
    shared?.marks.map(({ id }) => id),
    ["a", "b"],
  );
  assert.equal(shared?.marks.length, 2);
  for (const { marks } of parts) {
    assert.equal(new Set(marks.map(({ lane }) => lane)).size, marks.length);
  }
});

test("a span opens once", () => {
  const parts = drawn([mark("a", 0, 6), mark("b", 0, 6)]);
  assert.deepEqual(
    parts.flatMap(({ opens }) => opens.map(({ id }) => id)),
    ["a", "b"],
  );
});

test("spans that do not lie in the text are left out", () => {
  const parts = drawn([mark("a", 5, 50), mark("b", 3, 3)]);
  assert.ok(parts.every(({ marks }) => marks.length === 0));
});

test("a span over the border of two blocks is drawn in both, and opens once", () => {
  const covered = drawn([mark("a", 2, 8)], [5]).filter(({ marks }) => marks.length > 0);
  assert.deepEqual(
    covered.map(({ start, end, opens }) => [start, end, opens.length]),
    [
      [2, 5, 1],
      [5, 8, 0],
    ],
  );
});

test("blocks drawn apart are the whole text, and what counts as unchanged looks the same", () => {
  const text = `${"word ".repeat(90)}\n`.repeat(6);
  const blocks = blocksOf(text);
  for (let seed = 0; seed < 200; seed += 1) {
    const below = numbers(seed);
    const places = Array.from({ length: 12 }, (_none, index) => {
      const start = below(text.length);
      return mark(`m${index}`, start, start + below(700));
    });
    const changed = places.filter(() => below(4) > 0);
    const [before, after] = [places, changed].map((marks) => {
      const ordered = laid(marks, text.length);
      const shares = sharedOut(blocks, ordered);
      const apart = blocks.map((block, index) => segments(block, shares[index] ?? []));
      const borders = blocks.map(({ start }) => start);
      assert.deepEqual(apart.flat(), segments({ start: 0, end: text.length }, ordered, borders));
      return { shares, apart };
    });
    blocks.forEach((_block, index) => {
      const isSame = areAlike(before?.shares[index] ?? [], after?.shares[index] ?? []);
      const [was, is] = [before?.apart[index], after?.apart[index]];
      if (isSame) assert.deepEqual(was, is);
      else assert.notDeepEqual(was, is);
    });
  }
});
