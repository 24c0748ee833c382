import assert from "node:assert/strict";
import { test } from "node:test";
import { snapped, stepCharacter } from "../editor/core/tokens";
import { blockAt, blocksOf } from "../editor/surfaces/text_blocks";

function snap(text: string, part: string): string {
  const start = text.indexOf(part);
  const [from, to] = snapped(text, start, start + part.length);
  return text.slice(from, to);
}

test("a selection is widened to whole words", () => {
  assert.equal(snap("Ana met Robert in Lisbon.", "ober"), "Robert");
  assert.equal(snap("Ana met Robert in Lisbon.", "bert in Lis"), "Robert in Lisbon");
  assert.equal(snap("Ana met Robert.", "Robert"), "Robert");
  assert.equal(snap("Привет, мир", "рив"), "Привет");
  assert.equal(snap("قال أحمد ذلك", "حم"), "أحمد");
});

test("scripts without spaces and joined emoji are not cut inside a word or character", () => {
  const chinese = "我们喜欢机器学习。";
  assert.ok(chinese.includes(snap(chinese, "器")));
  assert.ok(snap(chinese, "器").length >= 1);
  const family = "a 👩‍👩‍👧 b";
  const [from, to] = snapped(family, 2, 4);
  assert.equal(family.slice(from, to), "👩‍👩‍👧");
});

test("an edge steps over whole characters", () => {
  const text = "né👩‍👩‍👧x";
  const after = stepCharacter(text, text.indexOf("👩"), 1);
  assert.equal(text.slice(after), "x");
  assert.equal(stepCharacter(text, after, -1), text.indexOf("👩"));
  assert.equal(stepCharacter(text, text.length, 1), text.length);
  assert.equal(stepCharacter(text, 0, -1), 0);
});

test("blocks are whole lines that join to the text, and every place is in one", () => {
  const text = "short\n" + "long ".repeat(300) + "\n\n\nend";
  const blocks = blocksOf(text);
  assert.equal(blocks.map(({ start, end }) => text.slice(start, end)).join(""), text);
  for (const { end } of blocks.slice(0, -1)) assert.equal(text[end - 1], "\n");
  for (let unit = 0; unit < text.length; unit += 37) {
    const { start, end } = blocks[blockAt(blocks, unit)] ?? { start: 1, end: 0 };
    assert.ok(start <= unit && unit < end);
  }
  assert.deepEqual(blocksOf(""), []);
});

test("an endless line is cut at spaces, and never within a character", () => {
  const family = "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}";
  for (const text of ["many words ".repeat(2_000), family.repeat(3_000), "字".repeat(9_000)]) {
    const blocks = blocksOf(text);
    assert.equal(blocks.map(({ start, end }) => text.slice(start, end)).join(""), text);
    assert.ok(blocks.every(({ start, end }) => end - start <= 4_010));
    assert.deepEqual(
      blocks.map(({ isCut }) => isCut),
      blocks.map((_block, index) => index + 1 < blocks.length),
    );
    const whole = blocks.filter(({ start }) => text.startsWith(family, start)).length;
    assert.ok(!text.startsWith(family) || whole === blocks.length);
  }
});
