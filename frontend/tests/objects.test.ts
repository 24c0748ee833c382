import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerDocument } from "../editor/core/document";
import { ObjectModel } from "../editor/core/objects";
import type { ShapesControl } from "../editor/core/schema";

const control: ShapesControl = {
  name: "objects",
  type: "shapes",
  labels: [{ value: "car" }, { value: "bus" }],
};

function made(): { document: AnswerDocument; model: ObjectModel } {
  const document = new AnswerDocument({});
  const model = new ObjectModel(document, [control]);
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
