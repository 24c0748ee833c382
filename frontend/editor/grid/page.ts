/** One page of the grid: its items, the class they are taken for, and what is wrong with which. */

import type { Answer, Item } from "../core/answer";
import type { ChoiceControl } from "../core/schema";

export interface GridItem {
  assignment: string;
  item: Item;
}

/** Another class, or null: it is wrong, and the person has not said what it is. */
export type Mark = string | null;

export class GridPage {
  private readonly marks = new Map<string, Mark>();

  constructor(
    readonly value: string,
    readonly control: ChoiceControl,
    public items: GridItem[],
  ) {}

  /** Leaves out items that are not to be answered any more. */
  remove(assignments: Set<string>): void {
    this.items = this.items.filter(({ assignment }) => !assignments.has(assignment));
    for (const assignment of assignments) this.marks.delete(assignment);
  }

  markOf(assignment: string): Mark | undefined {
    return this.marks.get(assignment);
  }

  /** Marks an item as wrong, or takes its mark away. */
  toggle(assignment: string): void {
    if (!this.marks.delete(assignment)) this.marks.set(assignment, null);
  }

  /** Says what an item is; the same again, or the class of the page, takes the mark away. */
  give(assignment: string, value: string): void {
    const isTakenBack = value === this.value || this.marks.get(assignment) === value;
    if (isTakenBack) this.marks.delete(assignment);
    else this.marks.set(assignment, value);
  }

  get wrongCount(): number {
    return this.marks.size;
  }

  /** The items with an answer: unmarked ones are of the page's class. */
  get answers(): { assignment: string; answer: Answer }[] {
    return this.items.flatMap(({ assignment }) => {
      const mark = this.marks.get(assignment);
      const value = mark === undefined ? this.value : mark;
      return value === null ? [] : [{ assignment, answer: { [this.control.name]: value } }];
    });
  }

  /** Wrong ones of which nothing else is known: they are answered one by one. */
  get setAside(): string[] {
    return [...this.marks].filter(([, mark]) => mark === null).map(([assignment]) => assignment);
  }
}

const PAGES_LOOKED_AT = 3;
const TOO_MANY = 0.3;

/** The share of wrong ones on the last pages, above which single items are faster. */
export class WrongShare {
  private pages: { wrong: number; all: number }[] = [];

  add(page: GridPage): void {
    this.pages.push({ wrong: page.wrongCount, all: page.items.length });
    this.pages = this.pages.slice(-PAGES_LOOKED_AT);
  }

  /** The last page was taken back. */
  forgetLast(): void {
    this.pages.pop();
  }

  get isTooHigh(): boolean {
    const wrong = this.pages.reduce((sum, page) => sum + page.wrong, 0);
    const all = this.pages.reduce((sum, page) => sum + page.all, 0);
    return this.pages.length === PAGES_LOOKED_AT && wrong > TOO_MANY * all;
  }
}
