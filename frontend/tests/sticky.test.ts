import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerDocument } from "../editor/core/document";
import type { ChoiceControl, RatingControl } from "../editor/core/schema";
import { Sticky } from "../editor/core/sticky";

const weather: ChoiceControl = {
  name: "weather",
  type: "choice",
  options: [{ value: "sun" }, { value: "rain" }],
};
const severity: RatingControl = { name: "severity", type: "rating", min: 1, max: 5 };

test("what is kept follows what is chosen, until it is no longer kept", () => {
  const sticky = new Sticky();
  sticky.setKept(weather, true, { weather: "sun", severity: 3 });
  sticky.follow([weather, severity], { weather: "rain", severity: 4 });
  assert.equal(sticky.value(weather), "rain");
  assert.equal(sticky.value(severity), undefined);
  sticky.follow([weather, severity], {});
  assert.ok(sticky.isKept(weather));
  assert.equal(sticky.value(weather), undefined);
  sticky.setKept(weather, false, { weather: "sun" });
  sticky.follow([weather], { weather: "sun" });
  assert.equal(sticky.value(weather), undefined);
});

test("the same question of another item is kept, one that only has its name is not", () => {
  const sticky = new Sticky();
  sticky.setKept(weather, true, { weather: "sun" });
  assert.equal(sticky.value(structuredClone(weather)), "sun");
  assert.equal(sticky.value({ ...weather, options: [{ value: "snow" }] }), undefined);
});

test("what an item starts with is no step of undo and tells nobody", () => {
  const document = new AnswerDocument({});
  document.subscribe(() => assert.fail("nothing was changed by the person"));
  document.preset(weather, "sun");
  assert.deepEqual(document.answer, { weather: "sun" });
  assert.equal(document.canUndo, false);
});
