/** The API of the grids: the next page, what is said of it, keeping it and giving it up. */

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

/** What a reviewer says of one tile. */
export interface Decision {
  assignment: string;
  mark: "accept" | "fix" | "reject" | "singly";
  value?: string;
  reason?: string;
}

/** What became of one row; the error is empty when it was done. */
export interface Fate {
  assignment: string;
  error: { code?: string; message?: string };
}

/** A tile that was taken back: the assignment that it is now, where it is the person's again. */
export interface Returned extends Fate {
  again: string | null;
}

/** The leases of a page: kept while the person is at work, given back afterwards. */
export class PageLeases {
  constructor(protected readonly base: string) {}

  async heartbeat(assignments: string[]): Promise<Fate[]> {
    const reply = await send("POST", `${this.base}heartbeat/`, { assignments });
    return reply.body as Fate[];
  }

  /** Goes out even when the page is closed right afterwards. */
  async release(assignments: string[]): Promise<void> {
    if (assignments.length > 0) await send("POST", `${this.base}release/`, { assignments }, true);
  }
}

export class GridApi extends PageLeases {
  constructor(
    base: string,
    private readonly batch: number,
  ) {
    super(base);
  }

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
}

export class ReviewGridApi extends PageLeases {
  constructor(
    base: string,
    private readonly scope: { project: string; by: string; size: number },
  ) {
    super(base);
  }

  async next(value: string, known: string[]): Promise<GridItem[]> {
    const reply = await send("POST", `${this.base}next/`, { ...this.scope, value, known });
    return (reply.body as { items: GridItem[] }).items;
  }

  /** The same key again changes nothing. */
  async confirm(value: string, request_id: string, rows: Decision[]): Promise<Fate[]> {
    const reply = await send("POST", `${this.base}confirm/`, { value, request_id, rows }, true);
    return reply.body as Fate[];
  }

  /** The same once more gives the same assignments. */
  async undo(assignments: string[]): Promise<Returned[]> {
    const reply = await send("POST", `${this.base}undo/`, { assignments });
    return reply.body as Returned[];
  }
}

export interface CropPage {
  crops: { crop: string; crop_url: string; outlined_url: string; why: string }[];
  /** This is not all: the next request goes on after it. */
  go_on_after: string | null;
}

/** What a reviewer says of one object. */
export interface CropVerdict {
  crop: string;
  verdict: "right" | "wrong";
  should_be?: string;
  reason?: string;
}

type CropFate = Pick<Fate, "error"> & { crop: string };

/** Nothing is leased: what is said of a crop decides no task. */
export class CropApi extends PageLeases {
  constructor(
    base: string,
    private readonly project: string,
  ) {
    super(base);
  }

  override heartbeat(): Promise<Fate[]> {
    return Promise.resolve([]);
  }

  override release(): Promise<void> {
    return Promise.resolve();
  }

  async next(
    wanted: { value: string; by: string; size: number },
    known: string[],
    after: string | null,
  ): Promise<CropPage> {
    const { project } = this;
    const reply = await send("POST", `${this.base}next/`, { project, ...wanted, known, after });
    return reply.body as CropPage;
  }

  /** The same key again changes nothing. */
  async confirm(value: string, request_id: string, rows: CropVerdict[]): Promise<Fate[]> {
    const sent = { project: this.project, value, request_id, rows };
    const reply = await send("POST", `${this.base}confirm/`, sent, true);
    return (reply.body as CropFate[]).map(asFate);
  }

  async undo(value: string, crops: string[]): Promise<Fate[]> {
    const { project } = this;
    const reply = await send("POST", `${this.base}undo/`, { project, value, crops });
    return (reply.body as CropFate[]).map(asFate);
  }
}

function asFate({ crop, error }: CropFate): Fate {
  return { assignment: crop, error };
}
