/** What the pages of reviewers share: why something is wrong, and sending until it has arrived. */

import { randomUuid } from "../core/uuid";
import { ApiError } from "../net/http";
import type { Fate } from "./api";
import { chooseFrom } from "./dialogs";
import { type Confirmed, type GridConfig, GridElement } from "./element";
import type { GridPage } from "./page";
import type { Sheet } from "./sheet";

const RETRY_MS = 5_000;

export interface ReviewConfig extends GridConfig {
  project: string;
  /** The class to begin with. */
  value: string;
  size: number;
  /** Whose work, by code; empty for everybody's. */
  by: string;
  reasons: { value: string; title: string }[];
}

export abstract class ReviewElement extends GridElement<ReviewConfig> {
  /** The page before the last one that was confirmed. */
  protected sentBefore: Promise<void> = Promise.resolve();
  private sentLast: Promise<void> = Promise.resolve();
  private unsentCount = 0;

  /** The same key again changes nothing. */
  protected abstract sendPage(page: GridPage, key: string): Promise<Fate[]>;

  protected async begin(): Promise<void> {
    this.view.addAction(this.strings.grid_reject, "r", () => this.reject());
    this.view.addKey(this.strings.grid_take_back, "u");
    this.listen();
    await this.choose(this.config.value);
  }

  protected get reasonTitles(): Map<string, string> {
    return new Map(this.config.reasons.map(({ value, title }) => [value, title]));
  }

  protected override pressPage(event: KeyboardEvent, names: string[], sheet: Sheet): boolean {
    if (!names.includes("r")) return super.pressPage(event, names, sheet);
    this.reject();
    return true;
  }

  /** On the desk, too, u takes back what was decided last. */
  protected override pressUndo(event: KeyboardEvent, names: string[]): boolean {
    const isPage = names.includes("u") && !event.ctrlKey && !event.metaKey;
    if (!isPage) return super.pressUndo(event, names);
    if (!event.repeat) void this.takeBack();
    return true;
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

  protected async submit({ sheet }: Confirmed): Promise<void> {
    this.sentBefore = this.sentLast;
    this.sentLast = this.sendUntilTaken(sheet.page, randomUuid());
    await this.sentLast;
  }

  /** The same key each time: however often it arrives, it counts once. */
  private async sendUntilTaken(page: GridPage, key: string): Promise<void> {
    const count = page.items.length;
    try {
      const fates = await this.sendPage(page, key);
      const lost = fates.filter(({ error }) => error.code);
      if (lost.length > 0) this.sayLost(lost.length, lost[0]?.error.message ?? "");
    } catch (error) {
      const isLater = error instanceof ApiError && error.trouble !== "refused";
      if (!isLater) return this.sayLost(count, String(error));
      const halt = error.trouble === "login" ? "login" : "offline";
      this.unsentCount += count;
      this.view.setUnsent(this.unsentCount, halt);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      this.unsentCount -= count;
      this.view.setUnsent(this.unsentCount, null);
      await this.sendUntilTaken(page, key);
    }
  }

  /** Takes the last mark back; where there is none, the last page. */
  protected undo(): void {
    if (this.sheet?.undo()) this.view.setStatus(this.strings.grid_mark_undone);
    else void this.takeBack();
  }
}
