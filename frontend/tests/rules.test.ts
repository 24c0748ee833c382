import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer, Item } from "../editor/core/answer";
import type { Broken, Rule } from "../editor/core/rule_types";
import { blocking, brokenRules, ruleSentence } from "../editor/core/rules";
import type { Control } from "../editor/core/schema";
import { ENGLISH } from "../editor/strings";
import table from "../../tests/rule_cases.json";

interface Case {
  name: string;
  rules: Rule[];
  answer: Answer;
  item: Pick<Item, "width" | "height">;
  broken: Broken[];
}

const controls = table.controls as unknown as Control[];
const cases = table.cases as unknown as Case[];

for (const { name, rules, answer, item, broken } of cases) {
  test(`the editor finds what the server finds: ${name}`, () => {
    const facts: Item = { type: "image", data: {}, media_url: null, ...item };
    assert.deepEqual(brokenRules({ controls, rules }, answer, facts), broken);
  });
}

test("every finding is a whole sentence, and the expert's own words stay as they are", () => {
  for (const found of cases.flatMap(({ broken }) => broken)) {
    const sentence = ruleSentence(ENGLISH, found);
    if (found.code === "message") assert.equal(sentence, "Say {more} %s.");
    else assert.doesNotMatch(sentence, /[{}]/u);
  }
});

test("a warning does not stand in the way", () => {
  const severities = blocking(cases.flatMap(({ broken }) => broken)).map((found) => found.severity);
  assert.deepEqual([...new Set(severities)], ["block"]);
});

test("a schema without rules breaks none", () => {
  const facts: Item = { type: "text", data: {}, media_url: null, width: null, height: null };
  assert.deepEqual(brokenRules({ controls }, {}, facts), []);
});
