/** The tasks at hand: the one on screen and those fetched ahead, so that nobody waits. */

import type { Assignment, AssignmentsApi } from "../net/assignments";
import type { MediaAhead } from "../net/media";

const AHEAD = 1;

export class TaskQueue {
  private waiting: Assignment[] = [];
  private readonly seen = new Set<string>();
  private current: Assignment | null = null;
  private fetching: Promise<string> | null = null;

  constructor(
    private readonly api: AssignmentsApi,
    private readonly media: MediaAhead,
  ) {}

  /** The leases held now. */
  get held(): string[] {
    const all = this.current ? [this.current, ...this.waiting] : this.waiting;
    return all.map(({ assignment }) => assignment);
  }

  /** The next task, or the reason why there is none. The former one is done with. */
  async next(): Promise<{ task: Assignment | null; reason: string }> {
    this.current = null;
    let reason = "";
    // What is being fetched was asked for while the former task was still held.
    if (this.waiting.length === 0 && this.fetching) await this.fetching.catch(() => "");
    if (this.waiting.length === 0) reason = await this.fetch(1);
    this.current = this.waiting.shift() ?? null;
    return { task: this.current, reason };
  }

  /** Fetches ahead while the person works; a failure shows when the task is needed. */
  lookAhead(): void {
    if (this.waiting.length >= AHEAD) return;
    this.fetch(1 + AHEAD).catch(() => undefined);
  }

  private fetch(count: number): Promise<string> {
    this.fetching ??= this.load(count).finally(() => {
      this.fetching = null;
    });
    return this.fetching;
  }

  private async load(count: number): Promise<string> {
    const { assignments, reason } = await this.api.next(count);
    for (const task of assignments.filter(({ assignment }) => !this.seen.has(assignment))) {
      this.seen.add(task.assignment);
      this.waiting.push(task);
      if (task.item.media_url) this.media.prepare(task.item.media_url);
    }
    return reason;
  }
}
