/** The classes that a person wavers between, as toggles; of very many, those that are searched. */

import { found, type Listed, listed } from "../core/search";
import { classesOf, type LabelSchema, titleOf } from "../core/schema";
import { element } from "../dom";
import type { ClassName } from "../net/questions";
import type { Strings } from "../strings";

const SEARCH_ABOVE = 12;
const MOST_SHOWN = 24;
/** The server takes no more. */
const MOST_CHOSEN = 10;

interface Candidate extends ClassName {
  id: string;
}

export class Candidates {
  readonly element: HTMLElement;
  private readonly search: HTMLInputElement;
  private readonly list = element("div", { class: "chips" });
  private all: (Listed & { name: Candidate })[] = [];
  private chosen = new Set<string>();

  constructor(strings: Strings) {
    const title = strings.question_candidates;
    this.search = element("input", {
      type: "search",
      class: "field",
      dir: "auto",
      "aria-label": strings.question_search,
      placeholder: strings.question_search,
    });
    this.search.addEventListener("input", () => this.update());
    this.element = element(
      "fieldset",
      { class: "candidates" },
      element("legend", {}, title),
      this.search,
      this.list,
    );
  }

  get classes(): ClassName[] {
    const names = this.all.filter(({ name }) => this.chosen.has(name.id)).map(({ name }) => name);
    return names.map(({ control, value }) => ({ control, value }));
  }

  /** The classes of a schema, of which some are chosen. */
  show(schema: LabelSchema, classes: readonly ClassName[]): void {
    this.all = schema.controls.flatMap((control) =>
      listed(classesOf(control)).map((entry) => {
        return { ...entry, name: named(control.name, entry.label.value) };
      }),
    );
    this.chosen = new Set(classes.map(({ control, value }) => named(control, value).id));
    this.search.value = "";
    this.search.hidden = this.all.length <= SEARCH_ABOVE;
    this.element.hidden = this.all.length === 0;
    this.update();
  }

  private update(): void {
    const hits = found(this.all, this.search.value) as typeof this.all;
    const first = new Set(hits.slice(0, MOST_SHOWN).map(({ name }) => name.id));
    const shown = this.all.filter(({ name }) => first.has(name.id) || this.chosen.has(name.id));
    this.list.replaceChildren(...shown.map((entry) => this.chip(entry)));
  }

  private chip({ label, path, name }: (typeof this.all)[number]): HTMLButtonElement {
    const button = element(
      "button",
      {
        type: "button",
        class: "chip",
        dir: "auto",
        title: path.join(" › "),
        "aria-pressed": String(this.chosen.has(name.id)),
      },
      titleOf(label),
    );
    button.addEventListener("click", () => {
      if (this.chosen.has(name.id)) this.chosen.delete(name.id);
      else if (this.chosen.size < MOST_CHOSEN) this.chosen.add(name.id);
      button.setAttribute("aria-pressed", String(this.chosen.has(name.id)));
    });
    return button;
  }
}

function named(control: string, value: string): Candidate {
  return { id: JSON.stringify([control, value]), control, value };
}
