/** How many items to fetch ahead: enough that the slowest usual fetch ends before the last is used. */

const FEWEST = 2;
const MOST = 8;
const WEIGHT = 0.3;
const LONGEST_ITEM_MS = 30_000;
const FIRST_GUESS_MS = { item: 600, fetch: 600 };

export class Pace {
  private itemMs = FIRST_GUESS_MS.item;
  private fetchMs = FIRST_GUESS_MS.fetch;
  private deviationMs = FIRST_GUESS_MS.fetch / 2;

  /** One item took so long; a break is no pace. */
  itemDone(milliseconds: number): void {
    const bounded = Math.min(Math.max(milliseconds, 50), LONGEST_ITEM_MS);
    this.itemMs += WEIGHT * (bounded - this.itemMs);
  }

  /** From asking for an item until its image was decoded. */
  fetched(milliseconds: number): void {
    const error = milliseconds - this.fetchMs;
    this.fetchMs += WEIGHT * error;
    this.deviationMs += WEIGHT * (Math.abs(error) - this.deviationMs);
  }

  /** As TCP sets its timers (Jacobson 1988): the mean and four deviations. */
  get ahead(): number {
    const longest = this.fetchMs + 4 * this.deviationMs;
    return Math.min(MOST, Math.max(FEWEST, Math.ceil(longest / this.itemMs) + 1));
  }
}
