/** Counts the time a person is really at work on an item: gaps longer than the limit stop it. */

export const IDLE_AFTER_MS = 90_000;

export class ActivityTimer {
  private counted = 0;
  private last: number | null = null;

  constructor(private readonly now: () => number) {}

  /** A new item: the count starts again. */
  restart(): void {
    this.counted = 0;
    this.last = this.now();
  }

  /** Input happened: the time since the last input counts, up to the limit. */
  touch(): void {
    this.counted += this.sinceLast();
    this.last = this.now();
  }

  /** The page went out of sight. */
  pause(): void {
    this.counted += this.sinceLast();
    this.last = null;
  }

  get isActive(): boolean {
    return this.last !== null && this.now() - this.last < IDLE_AFTER_MS;
  }

  get activeMs(): number {
    return Math.round(this.counted + this.sinceLast());
  }

  private sinceLast(): number {
    return this.last === null ? 0 : Math.min(this.now() - this.last, IDLE_AFTER_MS);
  }
}
