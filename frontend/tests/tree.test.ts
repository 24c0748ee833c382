import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer } from "../editor/core/answer";
import { apart, isChosen, placeAfter, type Step, type Tree, Walked } from "../editor/core/tree";

const BIRDS: Tree = {
  id: "a1b2c3d4",
  title: "Which bird?",
  control: "species",
  nodes: [
    { id: "1", question: "Is its breast red?", yes: { value: "robin" }, no: { node: "2" } },
    { id: "2", question: "Is it black?", yes: { value: "crow" }, no: { value: "wren" } },
  ],
};
const TO_WREN: Step[] = [
  ["1", "no"],
  ["2", "no"],
];
const path = { tree: BIRDS.id, steps: TO_WREN };

test("a walk begins at the first question and ends on a class", () => {
  assert.deepEqual(placeAfter(BIRDS, []), { node: BIRDS.nodes[0] });
  assert.deepEqual(placeAfter(BIRDS, [["1", "no"]]), { node: BIRDS.nodes[1] });
  assert.deepEqual(placeAfter(BIRDS, [["1", "yes"]]), { end: "robin" });
  assert.deepEqual(placeAfter(BIRDS, TO_WREN), { end: "wren" });
});

test("steps that do not follow the tree lead nowhere", () => {
  assert.equal(placeAfter(BIRDS, [["2", "no"]]), null);
  assert.equal(placeAfter(BIRDS, [...TO_WREN, ["2", "no"]]), null);
  assert.equal(placeAfter({ ...BIRDS, nodes: [] }, []), null);
});

test("a class is chosen as the option, one of several, a step, or the label of an object", () => {
  assert.ok(isChosen({ species: "wren" }, "species", "wren"));
  assert.ok(isChosen({ species: ["crow", "wren"] }, "species", "wren"));
  assert.ok(isChosen({ species: 3 }, "species", "3"));
  const span = { id: "o1", label: "wren", start: 0, end: 4, text: "Wren" };
  assert.ok(isChosen({ species: [span] }, "species", "wren"));
  assert.ok(!isChosen({ species: [] }, "species", "wren"));
  assert.ok(!isChosen({}, "constructor", "undefined"));
});

test("the walk goes along while the class that it ended on is chosen", () => {
  const walked = new Walked(null, [BIRDS], {});
  assert.deepEqual(walked.with({ species: "wren" }), { species: "wren" });
  walked.set(path);
  assert.deepEqual(walked.with({ species: "wren" }), { species: "wren", _path: path });
  assert.deepEqual(walked.with({ species: "crow" }), { species: "crow" });
  assert.deepEqual(walked.with({}), {});
});

test("a walk through a tree of another version is dropped", () => {
  const answer: Answer = { species: "wren" };
  assert.deepEqual(new Walked(path, [], answer).with(answer), answer);
  const other = { ...BIRDS, nodes: BIRDS.nodes.slice(0, 1) };
  assert.deepEqual(new Walked(path, [other], answer).with(answer), answer);
});

test("where nobody can walk, a walk is kept with the answer it came with", () => {
  const [answer, kept] = apart({ species: "wren", _path: path });
  assert.deepEqual([answer, kept], [{ species: "wren" }, path]);
  const walked = new Walked(kept, undefined, answer);
  assert.deepEqual(walked.with({ species: "wren" }), { species: "wren", _path: path });
  assert.deepEqual(walked.with({ species: "wren", note: "x" }), { species: "wren", note: "x" });
});
