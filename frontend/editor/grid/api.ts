/** The API of the grid: the next page, its answers, taking them back, giving it up. */

import type { Clocks } from "../core/activity";
import type { Answer } from "../core/answer";
import type { ChoiceControl } from "../core/schema";
import { send } from "../net/http";
import type { GridItem } from "./page";

export interface NextPage {
  value: string | null;
  control: ChoiceControl;
  items: GridItem[];
  reason: string;
  /** This is not all: the next request goes on after it. */
  go_on_after: string | null;
}

export interface Row {
  assignment: string;
  request_id: string;
  answer: Answer;
}

/** What became of one row; the error is empty when it was done. */
export interface Fate {
  assignment: string;
  error: { code?: string; message?: string };
}

export class GridApi {
  constructor(
    private readonly base: string,
    private readonly batch: number,
  ) {}

  async next(value: string | null, known: string[], after: string | null): Promise<NextPage> {
    const wanted = { batch: this.batch, value, known, after };
    const reply = await send("POST", `${this.base}next/`, wanted);
    return reply.body as NextPage;
  }

  /** Goes out even when the page is closed right afterwards. */
  async submit(rows: Row[], clocks: Clocks): Promise<Fate[]> {
    const reply = await send("POST", `${this.base}submit/`, { rows, ...clocks }, true);
    return reply.body as Fate[];
  }

  async undo(assignments: string[]): Promise<Fate[]> {
    const reply = await send("POST", `${this.base}undo/`, { assignments });
    return reply.body as Fate[];
  }

  async heartbeat(assignments: string[]): Promise<Fate[]> {
    const reply = await send("POST", `${this.base}heartbeat/`, { assignments });
    return reply.body as Fate[];
  }

  async release(assignments: string[]): Promise<void> {
    if (assignments.length > 0) await send("POST", `${this.base}release/`, { assignments }, true);
  }
}
