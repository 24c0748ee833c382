/** How long a person has had something before their eyes: hidden tabs do not count. */

export class VisibleClock {
  private shownAt: number | null = null;
  private gathered = 0;

  /** Begins anew. */
  start(now: number, isVisible: boolean): void {
    this.gathered = 0;
    this.shownAt = isVisible ? now : null;
  }

  hide(now: number): void {
    if (this.shownAt !== null) this.gathered += now - this.shownAt;
    this.shownAt = null;
  }

  show(now: number): void {
    this.shownAt ??= now;
  }

  milliseconds(now: number): number {
    const running = this.shownAt === null ? 0 : now - this.shownAt;
    return Math.max(0, Math.round(this.gathered + running));
  }
}
