/** The attributes of the selected box, as a small form. */

import type { AttributeValue, Shape } from "../core/answer";
import { type Attribute, titleOf } from "../core/schema";
import { element } from "../dom";

type Given = Record<string, AttributeValue>;

export function attributeForm(
  attributes: Attribute[],
  shape: Shape,
  isEditable: boolean,
  change: (attributes: Given) => void,
): HTMLElement {
  let given: Given = { ...shape.attributes };
  const set = (name: string, value: AttributeValue | undefined): void => {
    const others = Object.entries(given).filter(([key]) => key !== name);
    given = Object.fromEntries(value === undefined ? others : [...others, [name, value]]);
    change(given);
  };
  const fields = attributes.map((attribute) => {
    const field = fieldFor(attribute, given[attribute.name], (value) => set(attribute.name, value));
    field.toggleAttribute("disabled", !isEditable);
    const title = element("span", { dir: "auto" }, titleOf(attribute));
    return element("label", { class: `attribute attribute-${attribute.type}` }, title, field);
  });
  return element("div", { class: "attributes" }, ...fields);
}

type Setter = (value: AttributeValue | undefined) => void;

function fieldFor(
  attribute: Attribute,
  value: AttributeValue | undefined,
  set: Setter,
): HTMLElement {
  switch (attribute.type) {
    case "boolean":
      return checkbox(value === true, set);
    case "choice":
      return select(attribute, value, set);
    case "number":
      return numberInput(attribute, value, set);
    case "text":
      return textInput(value, set);
  }
}

function checkbox(isOn: boolean, set: Setter): HTMLElement {
  const field = element("input", { type: "checkbox" });
  field.checked = isOn;
  field.addEventListener("change", () => set(field.checked));
  return field;
}

function select(attribute: Attribute, value: AttributeValue | undefined, set: Setter): HTMLElement {
  const field = element("select", { class: "field" }, element("option", { value: "" }, "–"));
  for (const entry of attribute.options ?? []) {
    const option = typeof entry === "string" ? { value: entry } : entry;
    field.append(element("option", { value: option.value }, titleOf(option)));
  }
  field.value = value === undefined ? "" : String(value);
  field.addEventListener("change", () => set(field.value || undefined));
  return field;
}

function numberInput(
  { min, max }: Attribute,
  value: AttributeValue | undefined,
  set: Setter,
): HTMLElement {
  const field = element("input", { type: "number", class: "field", step: "any", min, max });
  field.value = value === undefined ? "" : String(value);
  field.addEventListener("input", () => {
    const isUsable = field.value !== "" && field.validity.valid;
    set(isUsable ? field.valueAsNumber : undefined);
  });
  return field;
}

function textInput(value: AttributeValue | undefined, set: Setter): HTMLElement {
  const field = element("input", { type: "text", class: "field", dir: "auto", maxlength: 1000 });
  field.value = value === undefined ? "" : String(value);
  field.addEventListener("input", () => set(field.value || undefined));
  return field;
}
