/** <review-grid>: tiles of what is stored as one class; the reviewer marks what is wrong. */

import { randomUuid } from "./core/uuid";
import { type Decision, type Fate, ReviewGridApi } from "./grid/api";
import { chooseFrom } from "./grid/dialogs";
import { type Confirmed, type GridConfig, GridElement } from "./grid/element";
import { type GridItem, GridPage, type Mark } from "./grid/page";
import type { Sheet } from "./grid/sheet";
import { ApiError } from "./net/http";

const RETRY_MS = 5_000;
/** As many as the server keeps alive at once: two pages. */
const KEPT_MOST = 120;

interface ReviewGridConfig extends GridConfig {
  project: string;
  /** The class to begin with. */
  value: string;
  size: number;
  /** Whose work, by code; empty for everybody's. */
  by: string;
  reasons: { value: string; title: string }[];
}

class ReviewGrid extends GridElement<ReviewGridConfig> {
  protected override readonly ownKeys = ["e", "r", "u", "v", "z", "?"];
  protected leases!: ReviewGridApi;
  private unsentCount = 0;
  private sentLast: Promise<void> = Promise.resolve();
  /** The page before the last one that was confirmed. */
  private sentBefore: Promise<void> = Promise.resolve();

  protected async start(): Promise<void> {
    const { api, project, by, size, value } = this.config;
    this.leases = new ReviewGridApi(api, { project, by, size });
    this.view.addAction(this.strings.grid_single, "e", () => this.leaveOpen());
    this.view.addAction(this.strings.grid_reject, "r", () => this.reject());
    this.view.addKey(this.strings.grid_take_back, "u");
    this.listen();
    await this.choose(value);
  }

  protected async fetchPage(): Promise<Sheet | null> {
    const value = this.value ?? this.config.value;
    // The last page may still be on its way, which the server leaves room for; no two pages.
    await this.sentBefore;
    const items: GridItem[] = await this.leases.next(value, [...this.known]);
    if (items.length === 0) return null;
    const { control, reasons } = this.config;
    const titles = new Map(reasons.map((reason) => [reason.value, reason.title]));
    return this.sheetOf(new GridPage(value, control, items), titles);
  }

  protected override pressPage(event: KeyboardEvent, names: string[], sheet: Sheet): boolean {
    if (names.includes("e")) this.leaveOpen();
    else if (names.includes("r")) this.reject();
    else return super.pressPage(event, names, sheet);
    return true;
  }

  /** On the desk, too, u takes back what was decided last. */
  protected override pressUndo(event: KeyboardEvent, names: string[]): boolean {
    const isPage = names.includes("u") && !event.ctrlKey && !event.metaKey;
    if (!isPage) return super.pressUndo(event, names);
    if (!event.repeat) void this.takeBack();
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

  private reject(): void {
    const { sheet } = this;
    if (!sheet?.current) return;
    const choices = this.config.reasons.map(({ value, title }, index) => ({
      key: String(index + 1),
      title,
      act: () => sheet.mark({ reason: value }),
    }));
    chooseFrom(this.strings.grid_reject_why, choices);
  }

  protected async submit(confirmed: Confirmed): Promise<void> {
    const { page } = confirmed.sheet;
    const rows = page.items.map(({ assignment }) => decision(assignment, page.markOf(assignment)));
    this.sentBefore = this.sentLast;
    this.sentLast = this.sendUntilTaken(page.value, randomUuid(), rows);
    await this.sentLast;
  }

  /** The same key each time: however often it arrives, it counts once. */
  private async sendUntilTaken(value: string, key: string, rows: Decision[]): Promise<void> {
    try {
      const fates = await this.leases.confirm(value, key, rows);
      const lost = fates.filter(({ error }) => error.code);
      if (lost.length > 0) this.sayLost(lost.length, lost[0]?.error.message ?? "");
    } catch (error) {
      const isLater = error instanceof ApiError && error.trouble !== "refused";
      if (!isLater) return this.sayLost(rows.length, String(error));
      const halt = error.trouble === "login" ? "login" : "offline";
      this.unsentCount += rows.length;
      this.view.setUnsent(this.unsentCount, halt);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      this.unsentCount -= rows.length;
      this.view.setUnsent(this.unsentCount, null);
      await this.sendUntilTaken(value, key, rows);
    }
  }

  /** Takes the last mark back; where there is none, the last page. */
  protected undo(): void {
    if (this.sheet?.undo()) this.view.setStatus(this.strings.grid_mark_undone);
    else void this.takeBack();
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
