/** The tasks at hand: fetched and decoded ahead, so that the next one is there when it is wanted. */

import type { Pace } from "../core/pace";
import type { Assignment, AssignmentsApi } from "../net/assignments";
import type { MediaAhead } from "../net/media";

/** The server hands out no more at once. */
const MOST_LEASES = 10;

/** Tasks that the server counts as this person's, besides those waiting here. */
export interface InHand {
  isKnown(task: Assignment): boolean;
  count(): number;
}

export class TaskQueue {
  private waiting: Assignment[] = [];
  private readonly seen = new Set<string>();
  private fetching: Promise<string> | null = null;

  constructor(
    private readonly api: AssignmentsApi,
    private readonly media: MediaAhead,
    private readonly pace: Pace,
    private readonly inHand: InHand,
  ) {}

  /** The leases that wait here. */
  get held(): string[] {
    return this.waiting.map(({ assignment }) => assignment);
  }

  /** The task that comes next, which stays where it is. */
  get first(): Assignment | null {
    return this.waiting[0] ?? null;
  }

  /** The next task, when one is there. */
  take(): Assignment | null {
    return this.waiting.shift() ?? null;
  }

  /** A task that comes first again. */
  putBack(task: Assignment): void {
    this.waiting = [task, ...this.waiting.filter((other) => other !== task)];
  }

  /** Asks for more until enough lie ahead. Resolves to the reason why there are none. */
  refill(): Promise<string> {
    const isEnough = this.waiting.length >= this.pace.ahead;
    if (isEnough && !this.fetching) return Promise.resolve("");
    this.fetching ??= this.load().finally(() => (this.fetching = null));
    return this.fetching;
  }

  private async load(): Promise<string> {
    const began = performance.now();
    const count = this.inHand.count() + this.pace.ahead;
    const { assignments, reason } = await this.api.next(Math.min(count, MOST_LEASES));
    const fresh = assignments.filter(
      (task) => !this.seen.has(task.assignment) && !this.inHand.isKnown(task),
    );
    for (const task of fresh) {
      this.seen.add(task.assignment);
      this.waiting.push(task);
      this.prepare(task, began);
    }
    return reason;
  }

  private prepare({ item }: Assignment, began: number): void {
    if (!item.media_url) return this.pace.fetched(performance.now() - began);
    this.media
      .prepare(item.media_url)
      .then(() => this.pace.fetched(performance.now() - began))
      .catch(() => undefined);
  }
}
