/** Sends an answer until the server has it: the same request each time, so it counts once. */

import type { Answer } from "../core/answer";
import { randomUuid } from "../core/uuid";
import type { AssignmentsApi, Submission } from "./assignments";
import { ApiError } from "./http";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;

export class Outbox {
  private pending: { id: string; submission: Submission } | null = null;

  constructor(
    private readonly api: AssignmentsApi,
    private readonly onRetry: () => void,
  ) {}

  /** Resolves when the answer is stored. Rejects only with troubles that waiting cannot mend. */
  async submit(id: string, answer: Answer, activeMs: number): Promise<void> {
    const submission = this.prepared(id, answer, activeMs);
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        await this.api.submit(id, submission);
        this.pending = null;
        return;
      } catch (error) {
        if (!(error instanceof ApiError) || error.trouble !== "unreachable") {
          if (error instanceof ApiError && error.code === "request_id_reused") this.pending = null;
          throw error;
        }
      }
      this.onRetry();
      await pause(wait);
    }
  }

  /** An answer that did not change keeps its request key through every new attempt. */
  private prepared(id: string, answer: Answer, activeMs: number): Submission {
    const { pending } = this;
    const isSame =
      pending?.id === id && JSON.stringify(pending.submission.answer) === JSON.stringify(answer);
    if (pending && isSame) return pending.submission;
    const submission = { request_id: randomUuid(), answer, active_ms: activeMs };
    this.pending = { id, submission };
    return submission;
  }
}

/** Waits, but not longer than until the connection is back. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      window.removeEventListener("online", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    window.addEventListener("online", end);
  });
}
