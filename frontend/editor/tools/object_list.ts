/** The list of what is marked: a page of rows, of which only those that changed are made anew. */

import type { Shape, Span } from "../core/answer";
import type { ObjectModel } from "../core/objects";
import { colorOf, type ObjectControl, titleOf } from "../core/schema";
import type { ViewState } from "../core/shown";
import { element, icon } from "../dom";
import { fill } from "../strings";
import type { ToolContext } from "./tool";
import { stateButton } from "./view_states";

type Listed = Shape | Span;

/** Rows shown at once: with thousands of objects, making all rows would take seconds. */
const PAGE = 25;

interface Row {
  object: Listed;
  element: HTMLElement;
  update(): void;
}

export class ObjectList {
  readonly element = element("div", { class: "object-pages" });
  private readonly list = element("ul", { class: "objects" });
  private readonly range = element("span", { class: "objects-range" });
  private readonly pager: HTMLElement;
  private rows = new Map<string, Row>();
  private objects: Listed[] = [];
  private start = 0;
  private followed: string | null = null;

  constructor(
    private readonly control: ObjectControl,
    private readonly model: ObjectModel,
    private readonly context: ToolContext,
    private readonly describe: (object: Listed) => string,
  ) {
    const { strings } = context;
    this.pager = element(
      "div",
      { class: "objects-pager", hidden: true },
      this.pageButton(strings.previous_page, "‹", -PAGE),
      this.range,
      this.pageButton(strings.next_page, "›", PAGE),
    );
    this.element.append(this.list, this.pager);
  }

  update(objects: Listed[]): void {
    this.objects = objects;
    this.followSelection();
    this.start = Math.max(0, Math.min(this.start, pageOf(objects.length - 1)));
    const shown = objects.slice(this.start, this.start + PAGE);
    const focused = this.focused();
    this.place(shown);
    this.showPager(shown.length);
    if (focused && !this.list.contains(document.activeElement)) this.refocus(focused);
  }

  /** Goes to the page of an object when it gets selected; not back again while one leafs. */
  private followSelection(): void {
    const id = this.model.selected?.id ?? null;
    if (id === this.followed) return;
    this.followed = id;
    const at = this.objects.findIndex((object) => object.id === id);
    if (at >= 0) this.start = pageOf(at);
  }

  private place(shown: Listed[]): void {
    const kept = new Map<string, Row>();
    shown.forEach((object, index) => {
      const known = this.rows.get(object.id);
      const row = known?.object === object ? known : this.row(object);
      if (known && known !== row) known.element.replaceWith(row.element);
      kept.set(object.id, row);
      const there = this.list.children[index] ?? null;
      if (there !== row.element) this.list.insertBefore(row.element, there);
      row.update();
    });
    for (const [id, { element: gone }] of this.rows) if (!kept.has(id)) gone.remove();
    this.rows = kept;
  }

  private row(object: Listed): Row {
    const { control, model, context } = this;
    const label = control.labels.find(({ value }) => value === object.label);
    const title = label ? titleOf(label) : object.label;
    const swatch = element("span", { class: "swatch" });
    swatch.style.background = colorOf(control.labels, object.label);
    const pick = element(
      "button",
      { type: "button", class: "object" },
      swatch,
      element("span", { class: "object-label", dir: "auto" }, title),
      element("span", { class: "object-text", dir: "auto" }, this.describe(object)),
    );
    pick.addEventListener("click", () => model.select({ control: control.name, id: object.id }));
    const states = control.type === "shapes" ? this.stateButtons(object, title) : [];
    const remove = this.removeButton(object, title);
    const row = element(
      "li",
      { class: "object-row" },
      pick,
      ...states.map(({ button }) => button),
      context.isEditable && remove,
    );
    row.dataset["id"] = object.id;
    const update = (): void => {
      const isSelected = model.selected?.id === object.id;
      pick.setAttribute("aria-pressed", String(isSelected));
      row.classList.toggle("is-selected", isSelected);
      remove.disabled = model.isLocked(control, object);
      for (const state of states) state.update();
    };
    return { object, element: row, update };
  }

  private stateButtons(object: Listed, title: string): { button: HTMLElement; update(): void }[] {
    const { control, model, context } = this;
    return (["hidden", "locked"] satisfies ViewState[]).map((state) => {
      const { button, show } = stateButton(state, title, context.strings, () =>
        model.toggle(state, control, object.id, object.label),
      );
      return { button, update: () => show(model.shown.is(state, control.name, object)) };
    });
  }

  private removeButton(object: Listed, title: string): HTMLButtonElement {
    const { control, model, context } = this;
    const attributes = {
      type: "button",
      class: "icon-button",
      "aria-label": `${context.strings.remove}: ${title}`,
      title: context.strings.remove,
    };
    const remove = element("button", attributes, icon("trash"));
    remove.addEventListener("click", () => {
      model.remove(control, object.id);
      context.announce(context.strings.object_removed);
    });
    return remove;
  }

  private pageButton(title: string, sign: string, step: number): HTMLButtonElement {
    const attributes = { type: "button", class: "icon-button", title, "aria-label": title };
    const button = element("button", attributes, sign);
    button.addEventListener("click", () => {
      this.start += step;
      this.update(this.objects);
    });
    return button;
  }

  private showPager(count: number): void {
    this.pager.hidden = this.objects.length <= PAGE;
    const { start, objects } = this;
    const range = { first: start + 1, last: start + count, count: objects.length };
    this.range.textContent = fill(this.context.strings.objects_range, range);
    const [back, , forward] = this.pager.children;
    back?.toggleAttribute("disabled", start === 0);
    forward?.toggleAttribute("disabled", start + PAGE >= objects.length);
  }

  private focused(): { id: string; position: number; button: number } | null {
    const row = document.activeElement?.closest<HTMLElement>(".object-row");
    if (!row || !this.list.contains(row)) return null;
    const button = [...row.querySelectorAll("button")].findIndex(
      (candidate) => candidate === document.activeElement,
    );
    const position = [...this.list.children].indexOf(row);
    return { id: row.dataset["id"] ?? "", position, button };
  }

  /** The same button of the same object, or the next object when it is gone. */
  private refocus({
    id,
    position,
    button,
  }: {
    id: string;
    position: number;
    button: number;
  }): void {
    const rows = [...this.list.children];
    const same = this.rows.get(id)?.element;
    const row = same ?? rows[position] ?? rows.at(-1);
    row?.querySelectorAll("button")[same ? button : 0]?.focus();
  }
}

const pageOf = (index: number): number => Math.floor(Math.max(index, 0) / PAGE) * PAGE;
