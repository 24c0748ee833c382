/** Shapes and spans as objects: which one is selected, which class sticks, add, change, remove. */

import type { Shape, Span } from "./answer";
import type { AnswerDocument } from "./document";
import type { ObjectControl, ShapesControl, SpansControl, ToolName } from "./schema";
import { ShownObjects, type ViewState } from "./shown";
import { pageSticky, type Sticky } from "./sticky";

export interface Selected {
  control: string;
  id: string;
}

type Changes = Partial<Omit<Shape, "id">> | Partial<Omit<Span, "id">>;

export class ObjectModel {
  selected: Selected | null = null;
  readonly shown = new ShownObjects();
  private listeners: (() => void)[] = [];

  constructor(
    private readonly document: AnswerDocument,
    readonly controls: ObjectControl[],
    private readonly sticky: Sticky = pageSticky,
  ) {
    if (this.active) return;
    const first = controls.find(({ labels }) => labels.length > 0);
    const label = first?.labels[0];
    sticky.label = first && label ? { control: first.name, label: label.value } : null;
  }

  subscribe(listener: () => void): void {
    this.listeners.push(listener);
  }

  list(control: ObjectControl): (Shape | Span)[] {
    return this.document.value<ObjectControl>(control) ?? [];
  }

  /** The control that a new object goes to, with its class. */
  get active(): { control: ObjectControl; label: string } | null {
    const { label: chosen } = this.sticky;
    const control = this.controls.find(({ name }) => name === chosen?.control);
    const isKnown = control?.labels.some(({ value }) => value === chosen?.label);
    return control && chosen && isKnown ? { control, label: chosen.label } : null;
  }

  /** The tool that draws for a control: the one chosen last, or its first. */
  tool(control: ShapesControl): ToolName {
    const tools = control.tools ?? [];
    const chosen = this.sticky.tools.get(control.name);
    return chosen && tools.includes(chosen) ? chosen : (tools[0] ?? "box");
  }

  chooseTool(control: ShapesControl, tool: ToolName): void {
    this.sticky.tools.set(control.name, tool);
    this.announce();
  }

  /** Hides, locks, or the reverse: one object, or its whole class. */
  toggle(state: ViewState, control: ObjectControl, id: string | null, label: string): void {
    if (id === null) this.shown.toggleLabel(state, control.name, label);
    else this.shown.toggle(state, id);
    this.announce();
  }

  isLocked(control: ObjectControl, object: Shape | Span): boolean {
    return this.shown.is("locked", control.name, object);
  }

  get current(): { control: ObjectControl; object: Shape | Span } | null {
    const control = this.controls.find(({ name }) => name === this.selected?.control);
    const object = control && this.list(control).find(({ id }) => id === this.selected?.id);
    return control && object ? { control, object } : null;
  }

  select(selected: Selected | null): void {
    this.selected = selected;
    this.document.seal();
    this.announce();
  }

  /** A class key: it relabels the selected object of that control, and sticks for the next. */
  pick(control: ObjectControl, label: string): void {
    this.sticky.label = { control: control.name, label };
    const { current } = this;
    if (current?.control === control && current.object.label !== label) {
      // Attributes belong to the class they were given under.
      const cleared = control.type === "shapes" ? { label, attributes: {} } : { label };
      this.update(control, current.object.id, cleared);
    }
    this.announce();
  }

  add(control: ShapesControl, object: Omit<Shape, "id">): void;
  add(control: SpansControl, object: Omit<Span, "id">): void;
  add(control: ObjectControl, object: Omit<Shape, "id"> | Omit<Span, "id">): void {
    const id = this.freeId();
    // Selected before it is written, so that what draws the answer draws it once.
    this.selected = { control: control.name, id };
    this.write(control, [...this.list(control), { id, ...object } as Shape | Span]);
    this.select(this.selected);
  }

  update(control: ObjectControl, id: string, changes: Changes, merge?: string): void {
    const changed = this.list(control).map((object) =>
      object.id === id ? ({ ...object, ...changes } as Shape | Span) : object,
    );
    this.write(control, changed, merge);
  }

  remove(control: ObjectControl, id: string): void {
    if (this.selected?.id === id) this.selected = null;
    this.write(
      control,
      this.list(control).filter((object) => object.id !== id),
    );
  }

  /** Moves an object among those it may cover: up is nearer to the eye. */
  raise(control: ObjectControl, id: string, direction: 1 | -1): boolean {
    const list = [...this.list(control)];
    const from = list.findIndex((object) => object.id === id);
    const to = from + direction;
    const [mine, other] = [list[from], list[to]];
    if (!mine || !other) return false;
    [list[from], list[to]] = [other, mine];
    this.write(control, list);
    return true;
  }

  removeSelected(): boolean {
    const { current } = this;
    if (current && this.isLocked(current.control, current.object)) return false;
    if (current) this.remove(current.control, current.object.id);
    return current !== null;
  }

  /** Selects the next object in reading order, round and round. */
  step(direction: 1 | -1): void {
    const all = this.controls.flatMap((control) =>
      this.list(control).map(({ id }) => ({ control: control.name, id })),
    );
    if (all.length === 0) return;
    const at = all.findIndex(({ id }) => id === this.selected?.id);
    const next = at < 0 ? (direction > 0 ? 0 : all.length - 1) : at + direction;
    this.select(all[(next + all.length) % all.length] ?? null);
  }

  private write(control: ObjectControl, list: (Shape | Span)[], merge?: string): void {
    if (control.type === "shapes") this.document.change(control, list as Shape[], merge);
    else this.document.change(control, list as Span[], merge);
  }

  private freeId(): string {
    const taken = new Set(this.controls.flatMap((control) => this.list(control)).map((o) => o.id));
    let number = taken.size + 1;
    while (taken.has(`o${number}`)) number += 1;
    return `o${number}`;
  }

  private announce(): void {
    for (const listener of this.listeners) listener();
  }
}
