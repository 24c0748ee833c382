/** The panel of shapes and spans: classes with keys, and the list of what is marked. */

import type { Shape, Span } from "../core/answer";
import type { ObjectModel } from "../core/objects";
import { colorOf, type LabelClass, type ObjectControl, titleOf } from "../core/schema";
import { element } from "../dom";
import { fill } from "../strings";
import { attributeForm } from "./attributes";
import { ObjectList } from "./object_list";
import { controlFrame, keyHint, type ToolContext } from "./tool";
import { stateButton } from "./view_states";

export class Palette {
  readonly element: HTMLElement;
  private readonly classes = new Map<string, HTMLButtonElement>();
  private readonly states: (() => void)[] = [];
  private readonly note = element("p", { class: "control-hint" });
  private readonly count = element("h3", { class: "objects-title" });
  private readonly list: ObjectList;
  private readonly details = element("div", { class: "object-details" });
  private detailsOf = "";

  constructor(
    private readonly control: ObjectControl,
    private readonly model: ObjectModel,
    private readonly context: ToolContext,
    hint: string,
    describe: (object: Shape | Span) => string,
  ) {
    this.list = new ObjectList(control, model, context, describe);
    const options = element("div", { class: "options", role: "group" });
    for (const label of control.labels) options.append(this.classRow(label));
    this.setHint(hint);
    const parts = [options, ...(context.isEditable ? [this.note] : []), this.count];
    this.element = controlFrame(control, context, ...parts, this.list.element, this.details);
  }

  setHint(hint: string): void {
    this.note.textContent = hint;
  }

  choose(value: string | number): void {
    if (this.context.isEditable) this.model.pick(this.control, String(value));
  }

  update(): void {
    const { active, current } = this.model;
    for (const [value, button] of this.classes) {
      const isActive = active?.control === this.control && active.label === value;
      button.setAttribute("aria-pressed", String(isActive));
    }
    for (const update of this.states) update();
    const objects = this.model.list(this.control);
    this.count.textContent = fill(this.context.strings.objects, { count: objects.length });
    this.list.update(objects);
    const own = current?.control === this.control ? current.object : null;
    this.showDetails(own && !("start" in own) ? own : null);
  }

  private classRow(label: LabelClass): HTMLElement {
    const button = this.classButton(label);
    if (this.control.type !== "shapes") return button;
    const { control, model, context } = this;
    const buttons = (["hidden", "locked"] as const).map((state) => {
      const made = stateButton(state, titleOf(label), context.strings, () =>
        model.toggle(state, control, null, label.value),
      );
      this.states.push(() => made.show(model.shown.isLabel(state, control.name, label.value)));
      return made.button;
    });
    return element("div", { class: "class-row" }, button, ...buttons);
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

  private showDetails(shape: Shape | null): void {
    const label = shape && this.control.labels.find(({ value }) => value === shape.label);
    const key = shape ? JSON.stringify([shape.id, shape.label, shape.attributes]) : "";
    // Typing in a field changes the document; the form must not be rebuilt under the cursor.
    if (key === this.detailsOf || this.details.contains(document.activeElement)) return;
    this.detailsOf = key;
    this.details.replaceChildren();
    if (!shape || !label?.attributes?.length) return;
    const isEditable = this.context.isEditable && !this.model.isLocked(this.control, shape);
    const change = (attributes: NonNullable<Shape["attributes"]>): void =>
      this.model.update(this.control, shape.id, { attributes }, `attributes ${shape.id}`);
    this.details.append(attributeForm(label.attributes, shape, isEditable, change));
  }
}
