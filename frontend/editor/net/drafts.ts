/** The unfinished answer: on this device with every change, on the server after a pause. */

import type { Answer } from "../core/answer";
import type { Assignment, AssignmentsApi } from "./assignments";
import type { Store } from "./store";

const PAUSE_MS = 1_500;

interface Kept {
  answer: Answer;
  /** Whether the server has it, too. */
  isSaved: boolean;
}

export class Drafts {
  private waiting: { id: string; answer: Answer } | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isWriting = false;
  private readonly unwritten = new Set<string>();
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly store: Store,
    private readonly api: AssignmentsApi,
    private readonly onSaved: (id: string, isSaved: boolean) => void,
  ) {}

  /** Reads what an earlier page left on this device. */
  async restore(): Promise<void> {
    for (const [id, kept] of await this.store.all<Kept>("drafts")) this.kept.set(id, kept);
  }

  /** The draft of a task: the device's while the server does not have it, else the server's. */
  of({ assignment, draft }: Assignment): Answer | null {
    const local = this.kept.get(assignment);
    return local && !local.isSaved ? local.answer : draft;
  }

  change(id: string, answer: Answer): void {
    this.waiting = { id, answer };
    this.keep(id, { answer, isSaved: false });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), PAUSE_MS);
  }

  /** Forgets a draft: its answer is on its way, or the task is given up. */
  drop(id: string): void {
    if (this.waiting?.id === id) {
      clearTimeout(this.timer);
      this.waiting = null;
    }
    if (this.kept.delete(id)) void this.store.remove("drafts", id).catch(() => undefined);
  }

  async flush(isLeaving = false): Promise<void> {
    const { waiting } = this;
    if (!waiting) return;
    clearTimeout(this.timer);
    this.waiting = null;
    try {
      await this.api.saveDraft(waiting.id, waiting.answer, isLeaving);
      if (this.kept.get(waiting.id)?.answer === waiting.answer) {
        this.keep(waiting.id, { answer: waiting.answer, isSaved: true });
      }
      this.onSaved(waiting.id, true);
    } catch {
      // The next change tries again; this device has it meanwhile.
      if (this.kept.has(waiting.id)) this.waiting ??= waiting;
      this.onSaved(waiting.id, false);
    }
  }

  private keep(id: string, kept: Kept): void {
    this.kept.set(id, kept);
    this.unwritten.add(id);
    if (!this.isWriting) void this.write();
  }

  /** One write at a time; while it runs, only the newest state of each draft waits. */
  private async write(): Promise<void> {
    this.isWriting = true;
    for (const id of this.unwritten) {
      this.unwritten.delete(id);
      const kept = this.kept.get(id);
      if (kept) await this.store.put("drafts", id, kept).catch(() => undefined);
    }
    this.isWriting = false;
  }
}
