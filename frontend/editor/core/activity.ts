/**
 * Three clocks of one item: at work, reading the instructions, and away.
 *
 * A gap without input counts as work up to the limit; what is longer is idle time. While something
 * is open for reading, what would be work counts as reading.
 */

export const IDLE_AFTER_MS = 90_000;

export interface Clocks {
  active_ms: number;
  reading_ms: number;
  idle_ms: number;
}

export class ActivityTimer {
  private counted: Clocks = { active_ms: 0, reading_ms: 0, idle_ms: 0 };
  private last: number;
  private isReading = false;
  private isAway = false;

  constructor(private readonly now: () => number) {
    this.last = now();
  }

  /** An item is shown: the clocks start, or go on from what was measured before. */
  restart(from: Clocks = { active_ms: 0, reading_ms: 0, idle_ms: 0 }): void {
    this.counted = { ...from };
    this.last = this.now();
    this.isAway = false;
  }

  /** Input happened. */
  touch(): void {
    this.counted = this.clocks;
    this.last = this.now();
    this.isAway = false;
  }

  /** The page went out of sight: from now on nothing but idle time. */
  pause(): void {
    this.touch();
    this.isAway = true;
  }

  /** The instructions were opened or closed. */
  setReading(isReading: boolean): void {
    this.touch();
    this.isReading = isReading;
  }

  get isActive(): boolean {
    return !this.isAway && this.now() - this.last < IDLE_AFTER_MS;
  }

  get clocks(): Clocks {
    const gap = Math.max(0, this.now() - this.last);
    const present = this.isAway ? 0 : Math.min(gap, IDLE_AFTER_MS);
    const { active_ms, reading_ms, idle_ms } = this.counted;
    return {
      active_ms: Math.round(active_ms + (this.isReading ? 0 : present)),
      reading_ms: Math.round(reading_ms + (this.isReading ? present : 0)),
      idle_ms: Math.round(idle_ms + gap - present),
    };
  }
}
