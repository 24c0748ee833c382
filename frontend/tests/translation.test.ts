import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceWarnings } from "../editor/core/translation";

const codes = (checks: object, source: string, target: string): string[] =>
  sourceWarnings(checks, source, target).map(({ code }) => code);

test("a translation far shorter or longer than its source is told, an emoji counting once", () => {
  const checks = { length_ratio: [0.5, 2] as [number, number] };
  assert.deepEqual(codes(checks, "ten chars!", "four"), ["source_shorter"]);
  assert.deepEqual(codes(checks, "four", "nine long"), ["source_longer"]);
  assert.deepEqual(codes(checks, "four", "👍👍👍👍👍👍👍👍"), []);
  const [warning] = sourceWarnings(checks, "ten chars!", "four");
  assert.equal(warning?.values["percent"], 40);
});

test("numbers are the same in the digits of any script and the marks of any language", () => {
  const checks = { same_numbers: true };
  assert.deepEqual(codes(checks, "In 2024, 1,234.50 birds", "١٬٢٣٤٫٥٠ في ٢٠٢٤"), []);
  assert.deepEqual(codes(checks, "12 and 90", "१२ ९०"), []);
  assert.deepEqual(codes(checks, "12 and 69", "১২ ৬৯"), []);
  assert.deepEqual(codes(checks, "12", "\uff11\uff12"), []);
});

test("a number that is missing, changed or said twice is named as it was written", () => {
  const checks = { same_numbers: true };
  assert.deepEqual(sourceWarnings(checks, "7 of 12", "٧ من ١٣"), [
    { code: "numbers_missing", values: { numbers: "12" } },
    { code: "numbers_added", values: { numbers: "١٣" } },
  ]);
  assert.deepEqual(codes(checks, "7", "7 7"), ["numbers_added"]);
});

test("nothing is told without an answer, without a source or without checks", () => {
  const checks = { length_ratio: [0.5, 2] as [number, number], same_numbers: true };
  assert.deepEqual(codes(checks, "In 2024 there were many", "  "), []);
  assert.deepEqual(codes(checks, "", "In 2024"), []);
  assert.deepEqual(codes({}, "In 2024", "never and a day, and then some more days"), []);
});
