/** Keeps the unfinished answer on the server: after a pause, and when the page is left. */

import type { Answer } from "../core/answer";
import type { AssignmentsApi } from "./assignments";

const PAUSE_MS = 1_500;

export class Drafts {
  private waiting: { id: string; answer: Answer } | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly api: AssignmentsApi,
    private readonly onSaved: (id: string, isSaved: boolean) => void,
  ) {}

  change(id: string, answer: Answer): void {
    this.waiting = { id, answer };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), PAUSE_MS);
  }

  /** Forgets what waits: the answer itself is on its way. */
  drop(): void {
    clearTimeout(this.timer);
    this.waiting = null;
  }

  async flush(isLeaving = false): Promise<void> {
    const { waiting } = this;
    if (!waiting) return;
    this.drop();
    try {
      await this.api.saveDraft(waiting.id, waiting.answer, isLeaving);
      this.onSaved(waiting.id, true);
    } catch {
      // The next change tries again; until then the person is told.
      this.waiting ??= waiting;
      this.onSaved(waiting.id, false);
    }
  }
}
