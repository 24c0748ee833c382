/** The line at the foot of the labeling page: what was said last, and what may wait for it. */

import type { Tone } from "./view";

/** How long a sentence stands before a mention may take its place. */
export const READ_MS = 4_000;

export class StatusLine {
  private unreadUntil = 0;
  private waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly show: (sentence: string, tone: Tone) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  say(sentence: string, tone: Tone = "quiet"): void {
    this.put(sentence, tone);
    this.unreadUntil = sentence ? this.now() + READ_MS : 0;
  }

  /** What nobody asked for: it waits until the sentence before it was read, and goes with the next. */
  mention(sentence: string): void {
    clearTimeout(this.waiting);
    const rest = this.unreadUntil - this.now();
    if (rest > 0) this.waiting = setTimeout(() => this.mention(sentence), rest);
    else this.put(sentence, "quiet");
  }

  private put(sentence: string, tone: Tone): void {
    clearTimeout(this.waiting);
    this.show(sentence, tone);
  }
}
