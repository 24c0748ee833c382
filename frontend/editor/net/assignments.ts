/** The API of a lease: next, submit, undo, draft, heartbeat, release, skip. */

import type { Clocks } from "../core/activity";
import type { Answer, Item } from "../core/answer";
import type { LabelSchema } from "../core/schema";
import type { Tree } from "../core/tree";
import { decodeHeader, send } from "./http";
import type { Action } from "./outbox";
import { reportItem } from "./reports";

/** What this person asked of a task, and what an expert said. */
export interface AnsweredQuestion {
  text: string;
  answer: string;
  ruling: { number: number; verdict: string } | null;
}

export interface Assignment {
  assignment: string;
  task: string;
  lease_until: string;
  item: Item;
  instruction_version: { number: number; label_schema: LabelSchema; trees: Tree[] };
  instructions_url?: string;
  batch: {
    name: string;
    purpose: string;
    lane: "expedite" | "dated" | "normal";
    due_at: string | null;
  };
  draft: Answer | null;
  /** What a model says, and when it is shown; null when nothing is to be shown. */
  suggestion?: { mode: "shown" | "after"; answer: Answer; score: number | null } | null;
  feedback: { reason: string; comment: string; answer: Answer | null } | null;
  question: AnsweredQuestion | null;
}

export interface Submission extends Clocks {
  request_id: string;
  answer: Answer;
}

/** What is right about an item that teaches, once this person has answered it. */
export interface Explanation {
  is_right: boolean;
  given: string;
  right: string;
  alternatives: string[];
  reason: string;
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

  /** Does what the person did; each of these may be sent again. True: there is an explanation. */
  async perform(action: Action): Promise<boolean> {
    const path = `${this.base}${action.assignment}`;
    switch (action.kind) {
      case "submit": {
        const { body } = await send("POST", `${path}/submit/`, action.submission);
        return (body as { has_explanation?: true } | null)?.has_explanation ?? false;
      }
      case "undo":
        await send("POST", `${path}/undo/`, {});
        break;
      case "report":
        await reportItem(this.base, action.assignment, action.reason, action.comment);
        break;
      case "skip": {
        const { reason, comment } = action;
        await send("POST", `${path}/skip/`, comment ? { reason, comment } : { reason });
      }
    }
    return false;
  }

  async explanation(id: string): Promise<Explanation> {
    return (await send("GET", `${this.base}${id}/explanation/`)).body as Explanation;
  }

  async saveDraft(id: string, answer: Answer, isLeaving: boolean): Promise<void> {
    await send("PUT", `${this.base}${id}/draft/`, { answer }, isLeaving);
  }

  async heartbeat(id: string): Promise<void> {
    await send("POST", `${this.base}${id}/heartbeat/`, {});
  }

  /** Gives back what was fetched ahead, while the page is being left. */
  async release(id: string): Promise<void> {
    await send("POST", `${this.base}${id}/release/`, {}, true);
  }
}
