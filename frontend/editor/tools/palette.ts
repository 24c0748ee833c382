/** The panel of boxes and spans: classes with keys, and the list of what is marked. */

import type { Shape, Span } from "../core/answer";
import type { ObjectModel } from "../core/objects";
import { colorOf, type LabelClass, type ObjectControl, titleOf } from "../core/schema";
import { element, icon } from "../dom";
import { fill } from "../strings";
import { attributeForm } from "./attributes";
import { controlFrame, keyHint, type ToolContext } from "./tool";

export class Palette {
  readonly element: HTMLElement;
  private readonly classes = new Map<string, HTMLButtonElement>();
  private readonly count = element("h3", { class: "objects-title" });
  private readonly list = element("ul", { class: "objects" });
  private readonly details = element("div", { class: "object-details" });
  private detailsOf = "";

  constructor(
    private readonly control: ObjectControl,
    private readonly model: ObjectModel,
    private readonly context: ToolContext,
    hint: string,
    describe: (object: Shape | Span) => string,
  ) {
    this.describe = describe;
    const options = element("div", { class: "options", role: "group" });
    for (const label of control.labels) options.append(this.classButton(label));
    const note = element("p", { class: "control-hint" }, hint);
    const parts = [options, ...(context.isEditable ? [note] : []), this.count, this.list];
    this.element = controlFrame(control, context, ...parts, this.details);
  }

  private readonly describe: (object: Shape | Span) => string;

  choose(value: string | number): void {
    if (this.context.isEditable) this.model.pick(this.control, String(value));
  }

  update(): void {
    const { active, current } = this.model;
    for (const [value, button] of this.classes) {
      const isActive = active?.control === this.control && active.label === value;
      button.setAttribute("aria-pressed", String(isActive));
    }
    const objects = this.model.list(this.control);
    this.count.textContent = fill(this.context.strings.objects, { count: objects.length });
    const focused = this.focusedRow();
    this.list.replaceChildren(...objects.map((object) => this.row(object)));
    if (focused) this.refocus(focused);
    const own = current?.control === this.control ? current.object : null;
    this.showDetails(own && "box" in own ? own : null);
  }

  private classButton(label: LabelClass): HTMLButtonElement {
    const key = this.context.keymap.keyOf(this.control.name, label.value);
    const swatch = element("span", { class: "swatch" });
    swatch.style.background = colorOf(this.control.labels, label.value);
    const button = element(
      "button",
      {
        type: "button",
        class: "option",
        "data-option": label.value,
        "aria-keyshortcuts": key,
        disabled: !this.context.isEditable,
      },
      swatch,
      element("span", { class: "option-title", dir: "auto" }, titleOf(label)),
      keyHint(key),
    );
    button.addEventListener("click", () => this.choose(label.value));
    this.classes.set(label.value, button);
    return button;
  }

  private row(object: Shape | Span): HTMLElement {
    const { control, model, context } = this;
    const isSelected = model.selected?.id === object.id;
    const swatch = element("span", { class: "swatch" });
    swatch.style.background = colorOf(control.labels, object.label);
    const pick = element(
      "button",
      { type: "button", class: "object", "aria-pressed": String(isSelected) },
      swatch,
      element("span", { class: "object-label", dir: "auto" }, this.titleOfLabel(object.label)),
      element("span", { class: "object-text", dir: "auto" }, this.describe(object)),
    );
    pick.addEventListener("click", () => model.select({ control: control.name, id: object.id }));
    const name = `${context.strings.remove}: ${this.titleOfLabel(object.label)}`;
    const remove = element(
      "button",
      { type: "button", class: "icon-button", "aria-label": name, title: context.strings.remove },
      icon("trash"),
    );
    remove.addEventListener("click", () => {
      model.remove(control, object.id);
      context.announce(context.strings.object_removed);
    });
    const row = element("li", { class: "object-row" }, pick, context.isEditable && remove);
    row.dataset["id"] = object.id;
    row.classList.toggle("is-selected", isSelected);
    return row;
  }

  private showDetails(shape: Shape | null): void {
    const label = shape && this.control.labels.find(({ value }) => value === shape.label);
    const key = shape ? JSON.stringify([shape.id, shape.label, shape.attributes]) : "";
    // Typing in a field changes the document; the form must not be rebuilt under the cursor.
    if (key === this.detailsOf || this.details.contains(document.activeElement)) return;
    this.detailsOf = key;
    this.details.replaceChildren();
    if (!shape || !label?.attributes?.length) return;
    const change = (attributes: NonNullable<Shape["attributes"]>): void =>
      this.model.update(this.control, shape.id, { attributes }, `attributes ${shape.id}`);
    this.details.append(attributeForm(label.attributes, shape, this.context.isEditable, change));
  }

  private titleOfLabel(value: string): string {
    const label = this.control.labels.find((candidate) => candidate.value === value);
    return label ? titleOf(label) : value;
  }

  private focusedRow(): { id: string; position: number } | null {
    const row = document.activeElement?.closest<HTMLElement>(".object-row");
    if (!row || !this.list.contains(row)) return null;
    return { id: row.dataset["id"] ?? "", position: [...this.list.children].indexOf(row) };
  }

  private refocus({ id, position }: { id: string; position: number }): void {
    const rows = [...this.list.children] as HTMLElement[];
    const row = rows.find((candidate) => candidate.dataset["id"] === id) ?? rows[position];
    (row ?? rows.at(-1))?.querySelector("button")?.focus();
  }
}
