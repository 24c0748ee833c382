/** <review-grid>: tiles of what is stored as one class; the reviewer marks what is wrong. */

import { type Decision, type Fate, ReviewGridApi } from "./grid/api";
import type { Confirmed } from "./grid/element";
import { type GridItem, GridPage, type Mark } from "./grid/page";
import { ReviewElement } from "./grid/reviewing";
import type { Sheet } from "./grid/sheet";

/** As many as the server keeps alive at once: two pages. */
const KEPT_MOST = 120;

class ReviewGrid extends ReviewElement {
  protected override readonly ownKeys = ["e", "r", "u", "v", "z", "?"];
  protected leases!: ReviewGridApi;

  protected async start(): Promise<void> {
    const { api, project, by, size } = this.config;
    this.leases = new ReviewGridApi(api, { project, by, size });
    this.view.addAction(this.strings.grid_single, "e", () => this.leaveOpen());
    await this.begin();
  }

  protected async fetchPage(): Promise<Sheet | null> {
    const value = this.value ?? this.config.value;
    // The last page may still be on its way, which the server leaves room for; no two pages.
    await this.sentBefore;
    const items: GridItem[] = await this.leases.next(value, [...this.known]);
    if (items.length === 0) return null;
    return this.sheetOf(new GridPage(value, this.config.control, items), this.reasonTitles);
  }

  protected override pressPage(event: KeyboardEvent, names: string[], sheet: Sheet): boolean {
    if (!names.includes("e")) return super.pressPage(event, names, sheet);
    this.leaveOpen();
    return true;
  }

  /** What was left open waits for its reviewer, too. */
  protected override get kept(): string[] {
    return [...super.kept, ...this.setAside].slice(0, KEPT_MOST);
  }

  /** The current tile is looked at by itself afterwards. */
  private leaveOpen(): void {
    this.sheet?.mark(null);
  }

  protected sendPage(page: GridPage, key: string): Promise<Fate[]> {
    const rows = page.items.map(({ assignment }) => decision(assignment, page.markOf(assignment)));
    return this.leases.confirm(page.value, key, rows);
  }

  /** What comes back is leased anew, under other ids. */
  protected async withdraw({ sheet, ids }: Confirmed): Promise<Fate[]> {
    if (ids.length === 0) return [];
    const tiles = await this.leases.undo(ids);
    const again = tiles.flatMap(({ assignment, again }): [string, string][] =>
      again === null ? [] : [[assignment, again]],
    );
    sheet.rename(new Map(again));
    return tiles;
  }
}

function decision(assignment: string, mark: Mark | undefined): Decision {
  if (mark === undefined) return { assignment, mark: "accept" };
  if (mark === null) return { assignment, mark: "singly" };
  if (typeof mark === "string") return { assignment, mark: "fix", value: mark };
  return { assignment, mark: "reject", reason: mark.reason };
}

customElements.define("review-grid", ReviewGrid);
