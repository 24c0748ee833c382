import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerDocument } from "../editor/core/document";
import { ObjectModel } from "../editor/core/objects";
import type { ShapesControl } from "../editor/core/schema";
import { Sticky } from "../editor/core/sticky";

const control: ShapesControl = {
  name: "objects",
  type: "shapes",
  labels: [{ value: "car" }, { value: "bus" }],
};

function made(): { document: AnswerDocument; model: ObjectModel } {
  const document = new AnswerDocument({});
  const model = new ObjectModel(document, [control], new Sticky());
  model.add(control, { label: "car", box: [0, 0, 9, 9] });
  model.add(control, { label: "car", box: [9, 9, 9, 9] });
  return { document, model };
}

test("a new object is selected and has an id of its own", () => {
  const { document, model } = made();
  const shapes = document.value(control) ?? [];
  assert.equal(new Set(shapes.map(({ id }) => id)).size, 2);
  assert.equal(model.selected?.id, shapes[1]?.id);
  model.remove(control, shapes[0]?.id ?? "");
  model.add(control, { label: "car", box: [0, 0, 9, 9] });
  assert.equal(new Set(document.value(control)?.map(({ id }) => id)).size, 2);
});

test("a class key relabels the selected object and sticks", () => {
  const { document, model } = made();
  model.pick(control, "bus");
  assert.deepEqual(
    document.value(control)?.map(({ label }) => label),
    ["car", "bus"],
  );
  assert.equal(model.active?.label, "bus");
});

test("a class key with nothing selected changes only what comes next", () => {
  const { document, model } = made();
  model.select(null);
  model.pick(control, "bus");
  assert.ok(document.value(control)?.every(({ label }) => label === "car"));
});

test("stepping goes round all objects", () => {
  const { model } = made();
  const first = model.selected?.id;
  model.step(1);
  assert.notEqual(model.selected?.id, first);
  model.step(1);
  assert.equal(model.selected?.id, first);
});

test("nudges of one object are one step of undo", () => {
  const { document, model } = made();
  const id = model.selected?.id ?? "";
  model.update(control, id, { box: [10, 9, 9, 9] }, `nudge ${id}`);
  model.update(control, id, { box: [11, 9, 9, 9] }, `nudge ${id}`);
  document.undo();
  assert.deepEqual(document.value(control)?.[1]?.box, [9, 9, 9, 9]);
});

test("removing the selected object lets go of it", () => {
  const { document, model } = made();
  assert.ok(model.removeSelected());
  assert.ok(!model.removeSelected());
  assert.equal(document.value(control)?.length, 1);
});

test("the class and the tool stick from item to item, as far as the next item has them", () => {
  const drawn: ShapesControl = { ...control, tools: ["box", "polygon"] };
  const sticky = new Sticky();
  const model = new ObjectModel(new AnswerDocument({}), [drawn], sticky);
  model.pick(drawn, "bus");
  model.chooseTool(drawn, "polygon");
  const next = new ObjectModel(new AnswerDocument({}), [drawn], sticky);
  assert.equal(next.active?.label, "bus");
  assert.equal(next.tool(drawn), "polygon");
  const other: ShapesControl = { ...control, labels: [{ value: "tram" }] };
  const last = new ObjectModel(new AnswerDocument({}), [other], sticky);
  assert.equal(last.active?.label, "tram");
  assert.equal(last.tool(other), "box");
});

test("a question without classes has nothing to draw with, and does not break", () => {
  const model = new ObjectModel(new AnswerDocument({}), [{ ...control, labels: [] }], new Sticky());
  assert.equal(model.active, null);
});

test("an object goes forward and back among the others, not past the ends", () => {
  const { document, model } = made();
  const [first, second] = (document.value(control) ?? []).map(({ id }) => id);
  assert.ok(model.raise(control, first ?? "", 1));
  assert.deepEqual(
    document.value(control)?.map(({ id }) => id),
    [second, first],
  );
  assert.ok(!model.raise(control, first ?? "", 1));
});

test("what is locked is not removed, one by one or by class", () => {
  const { document, model } = made();
  const id = model.selected?.id ?? "";
  model.toggle("locked", control, id, "car");
  assert.ok(!model.removeSelected());
  model.toggle("locked", control, id, "car");
  model.toggle("locked", control, null, "car");
  assert.ok(!model.removeSelected());
  model.toggle("locked", control, null, "car");
  assert.ok(model.removeSelected());
  assert.equal(document.value(control)?.length, 1);
});
