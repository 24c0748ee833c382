import assert from "node:assert/strict";
import { test } from "node:test";
import { isSame, unanswered, withValue } from "../editor/core/answer";
import { AnswerDocument } from "../editor/core/document";
import { isQuick, type LabelSchema, type TextControl } from "../editor/core/schema";

const note: TextControl = { name: "note", type: "text", required: true };

test("undo and redo walk through the changes", () => {
  const document = new AnswerDocument({});
  document.change(note, "a");
  document.change(note, "ab");
  document.undo();
  assert.deepEqual(document.answer, { note: "a" });
  document.undo();
  assert.deepEqual(document.answer, {});
  assert.equal(document.undo(), undefined);
  document.redo();
  document.redo();
  assert.deepEqual(document.answer, { note: "ab" });
});

test("a new change forgets what could be redone", () => {
  const document = new AnswerDocument({});
  document.change(note, "a");
  document.undo();
  document.change(note, "b");
  assert.equal(document.canRedo, false);
});

test("typing is one step of undo until the field is left", () => {
  const document = new AnswerDocument({});
  document.change(note, "a", "type");
  document.change(note, "ab", "type");
  document.seal();
  document.change(note, "abc", "type");
  document.undo();
  assert.deepEqual(document.answer, { note: "ab" });
  document.undo();
  assert.deepEqual(document.answer, {});
});

test("setting the same value is no change", () => {
  const document = new AnswerDocument({ note: "a" });
  document.change(note, "a");
  assert.equal(document.canUndo, false);
});

test("an answer takes the place of cannot be decided", () => {
  const document = new AnswerDocument({ _undecidable: "too dark" });
  document.change(note, "a");
  assert.deepEqual(document.answer, { note: "a" });
});

test("control names of the language's own objects are plain names", () => {
  for (const name of ["constructor", "__proto__", "toString"]) {
    const odd: TextControl = { name, type: "text" };
    const document = new AnswerDocument({});
    assert.equal(document.value(odd), undefined);
    document.change(odd, "x");
    assert.equal(document.value(odd), "x");
    assert.equal(JSON.stringify(document.answer), `{"${name}":"x"}`);
    assert.equal(Object.getPrototypeOf(document.answer), Object.prototype);
  }
});

test("required controls without an answer are named", () => {
  const schema: LabelSchema = {
    controls: [note, { name: "objects", type: "shapes", labels: [], required: true }],
  };
  const missing = unanswered(schema, { note: "  ", objects: [] });
  assert.deepEqual(
    missing.map(({ name }) => name),
    ["note", "objects"],
  );
  assert.equal(unanswered({ controls: [{ ...note, required: false }] }, {}).length, 0);
});

test("answers are the same whatever the order of their controls", () => {
  assert.ok(isSame({ a: "1", b: 2 }, { b: 2, a: "1" }));
  assert.ok(isSame({ a: [] }, {}));
  assert.ok(!isSame({ a: "1" }, withValue({ a: "1" }, "a", undefined)));
});

test("only a single required choice is answered by one key", () => {
  const choice = { name: "c", type: "choice" as const, required: true, options: [] };
  assert.ok(isQuick({ controls: [choice] }));
  assert.ok(!isQuick({ controls: [{ ...choice, multiple: true }] }));
  assert.ok(!isQuick({ controls: [{ ...choice, required: false }] }));
  assert.ok(!isQuick({ controls: [choice, note] }));
});
