/** The API of a lease: next, submit, draft, heartbeat, skip. */

import type { Answer, Item } from "../core/answer";
import type { LabelSchema } from "../core/schema";
import { decodeHeader, send } from "./http";

export interface Assignment {
  assignment: string;
  lease_until: string;
  item: Item;
  instruction_version: { number: number; label_schema: LabelSchema };
  instructions_url?: string;
  batch: {
    name: string;
    purpose: string;
    lane: "expedite" | "dated" | "normal";
    due_at: string | null;
  };
  draft: Answer | null;
  feedback: { reason: string; comment: string; answer: Answer | null } | null;
}

export interface Submission {
  request_id: string;
  answer: Answer;
  active_ms: number;
}

export type SkipReason = "unclear_rule" | "bad_data" | "not_my_skill" | "too_hard" | "technical";

export class AssignmentsApi {
  constructor(
    private readonly base: string,
    private readonly scope: { batch: number | null; project: string | null },
  ) {}

  /** What the person holds and the next tasks, up to a count; or the reason for none. */
  async next(count: number): Promise<{ assignments: Assignment[]; reason: string }> {
    const reply = await send("POST", `${this.base}next/`, { ...this.scope, count });
    const reason = decodeHeader(reply.headers.get("X-LabelOps-Reason") ?? "");
    return { assignments: reply.body as Assignment[], reason };
  }

  async submit(id: string, submission: Submission): Promise<void> {
    await send("POST", `${this.base}${id}/submit/`, submission);
  }

  async saveDraft(id: string, answer: Answer, isLeaving: boolean): Promise<void> {
    await send("PUT", `${this.base}${id}/draft/`, { answer }, isLeaving);
  }

  async heartbeat(id: string): Promise<void> {
    await send("POST", `${this.base}${id}/heartbeat/`, {});
  }

  async skip(id: string, reason: SkipReason, comment: string): Promise<void> {
    await send("POST", `${this.base}${id}/skip/`, comment ? { reason, comment } : { reason });
  }
}
