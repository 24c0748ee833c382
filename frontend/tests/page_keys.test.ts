import assert from "node:assert/strict";
import { test } from "node:test";
import { buildKeymap } from "../editor/core/keymap";
import { isPressed, keyTitle, type KeyPress, pageKey } from "../editor/core/page_keys";
import type { Control, LabelSchema } from "../editor/core/schema";

const species = (key?: string): Control => {
  const robin = key === undefined ? { value: "robin" } : { value: "robin", key };
  return { name: "species", type: "choice", options: [robin] };
};

function keyFor(letter: string, ...controls: Control[]): ReturnType<typeof pageKey> {
  const schema: LabelSchema = { controls };
  return pageKey(letter, schema, buildKeymap(schema));
}

const press = (over: Partial<KeyPress>): KeyPress => {
  const nothing = { shiftKey: false, ctrlKey: false, metaKey: false, altKey: false };
  return { key: "q", code: "KeyQ", ...nothing, ...over };
};

test("a letter that nothing else needs is the key", () => {
  assert.equal(keyTitle(keyFor("q", species())), "q");
  assert.ok(isPressed(keyFor("q", species()), press({})));
  assert.ok(!isPressed(keyFor("q", species()), press({ shiftKey: true, key: "Q" })));
  assert.ok(!isPressed(keyFor("q", species()), press({ ctrlKey: true })));
});

test("a class that has the letter keeps it: then it is Shift and the letter", () => {
  const key = keyFor("q", species("q"));
  assert.equal(keyTitle(key), "Shift Q");
  assert.ok(!isPressed(key, press({})));
  assert.ok(isPressed(key, press({ shiftKey: true, key: "Q" })));
});

test("where text is marked, t stays with the whole words", () => {
  const spans: Control = { name: "s", type: "spans", labels: [{ value: "city" }] };
  assert.equal(keyTitle(keyFor("t", spans)), "Shift T");
  assert.equal(keyTitle(keyFor("t", species())), "t");
  assert.equal(keyTitle(keyFor("q", spans)), "q");
});

test("the place of a key counts on boards without Latin letters", () => {
  assert.ok(isPressed(keyFor("q", species()), press({ key: "й" })));
  const shifted = keyFor("q", species("q"));
  assert.ok(isPressed(shifted, press({ key: "Й", shiftKey: true })));
  // On a French board the key in this place types an a.
  assert.ok(!isPressed(keyFor("q", species()), press({ key: "a" })));
});
