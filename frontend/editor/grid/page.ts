/** One page of a grid: its items, the class they are taken for, and what is wrong with which. */

import type { Answer, Item } from "../core/answer";
import type { ChoiceControl } from "../core/schema";

export interface GridItem {
  assignment: string;
  item: Item;
  /** Why a reviewer should look, in words. */
  why?: string;
}

/** It is to be made anew: one of the reasons that authors read. */
export interface Rejection {
  reason: string;
}

/** Another class, a rejection, or null: it is wrong, and the person has not said what it is. */
export type Mark = string | Rejection | null;

export class GridPage {
  private marks = new Map<string, Mark>();
  private former: { assignment: string; mark: Mark | undefined }[] = [];

  constructor(
    readonly value: string,
    readonly control: ChoiceControl,
    public items: GridItem[],
    /** What an item is marked with that is wrong and of which nothing more is said. */
    private readonly wrong: Mark = null,
  ) {}

  /** Leaves out items that are not to be answered any more. */
  remove(assignments: Set<string>): void {
    this.items = this.items.filter(({ assignment }) => !assignments.has(assignment));
    for (const assignment of assignments) this.marks.delete(assignment);
  }

  /** Items that were taken back are other assignments now; their marks stay. */
  rename(again: ReadonlyMap<string, string>): void {
    const named = (assignment: string): string => again.get(assignment) ?? assignment;
    const renamed = <Row extends { assignment: string }>(row: Row): Row => ({
      ...row,
      assignment: named(row.assignment),
    });
    this.items = this.items.map(renamed);
    this.former = this.former.map(renamed);
    this.marks = new Map([...this.marks].map(([assignment, mark]) => [named(assignment), mark]));
  }

  markOf(assignment: string): Mark | undefined {
    return this.marks.get(assignment);
  }

  /** Marks an item as wrong, or takes its mark away. */
  toggle(assignment: string): void {
    this.put(assignment, this.marks.has(assignment) ? undefined : this.wrong);
  }

  /** Says what an item is; the same again, or the class of the page, takes the mark away. */
  give(assignment: string, value: string): void {
    const isTakenBack = value === this.value || this.marks.get(assignment) === value;
    this.put(assignment, isTakenBack ? undefined : value);
  }

  /** Marks an item in that way, whatever it was before. */
  put(assignment: string, mark: Mark | undefined): void {
    this.former.push({ assignment, mark: this.marks.get(assignment) });
    this.set(assignment, mark);
  }

  /** Takes the last mark back; says of which item it was, if there is still one. */
  undo(): string | undefined {
    const last = this.former.pop();
    if (!last) return undefined;
    if (!this.items.some(({ assignment }) => assignment === last.assignment)) return this.undo();
    this.set(last.assignment, last.mark);
    return last.assignment;
  }

  private set(assignment: string, mark: Mark | undefined): void {
    if (mark === undefined) this.marks.delete(assignment);
    else this.marks.set(assignment, mark);
  }

  get wrongCount(): number {
    return this.marks.size;
  }

  /** The items with an answer: unmarked ones are of the page's class. */
  get answers(): { assignment: string; answer: Answer }[] {
    return this.items.flatMap(({ assignment }) => {
      const mark = this.marks.get(assignment);
      const value = mark === undefined ? this.value : mark;
      return typeof value === "string"
        ? [{ assignment, answer: { [this.control.name]: value } }]
        : [];
    });
  }

  /** Wrong ones of which nothing else is known: they are answered one by one. */
  get setAside(): string[] {
    return [...this.marks].filter(([, mark]) => mark === null).map(([assignment]) => assignment);
  }

  /** All others: confirming the page settles them. */
  get settled(): string[] {
    const aside = new Set(this.setAside);
    return this.items.map(({ assignment }) => assignment).filter((id) => !aside.has(id));
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
