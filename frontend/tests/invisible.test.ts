import assert from "node:assert/strict";
import { test } from "node:test";
import { invisibleIn } from "../editor/surfaces/invisible";

const names = (text: string): string[] => invisibleIn(text).map(({ name }) => name);

test("controls and unusual spaces are named, each at its place", () => {
  assert.deepEqual(invisibleIn("a\u200Fb\u00A0"), [
    { start: 1, end: 2, name: "RLM" },
    { start: 3, end: 4, name: "NBSP" },
  ]);
  assert.deepEqual(names("\u202Etxt.exe\u202C \uFEFFa\u202Fb\u2009\u0007"), [
    "RLO",
    "PDF",
    "BOM",
    "NNBSP",
    "THSP",
    "U+0007",
  ]);
});

test("ends of lines and tabs are ordinary, a carriage return alone is not", () => {
  assert.deepEqual(names("a\tb\r\nc\nd\u3000e"), []);
  assert.deepEqual(names("a\rb"), ["CR"]);
});

test("joiners are ordinary within emoji and between letters that join, and marked elsewhere", () => {
  const england = "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}";
  for (const text of ["👩‍👩‍👧", "👩🏽‍🚀", "❤️‍🔥", "می‌خواهم", "क्‍ष", england, "\u0600١٢"]) {
    assert.deepEqual(names(text), [], text);
  }
  assert.deepEqual(names("pass\u200Dword \u200C中\u200D文"), ["ZWJ", "ZWNJ", "ZWJ"]);
  assert.deepEqual(names("a\u{E0041}"), ["U+E0041"]);
});

test("a text that would be nothing but marks is shown as it is", () => {
  assert.deepEqual(names("\u200B".repeat(3_000)), []);
});

test("a space that does not break is shown unless spelling asks for it", () => {
  assert.deepEqual(names("Quoi\u202f? «\u00a0Oui\u00a0» à 12\u00a0000\u00a0€"), []);
  assert.deepEqual(names("two\u00a0words"), ["NBSP"]);
});
