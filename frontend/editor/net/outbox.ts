/**
 * What the person did and the server has not confirmed: kept on the device first, then sent until
 * it is confirmed. Every action may be sent again: the server does it once.
 *
 * While the line is good a few are under way at once; what piled up goes in order, one by one.
 */

import { ApiError } from "./http";
import type { AssignmentsApi, SkipReason, Submission } from "./assignments";
import type { ReportReason } from "./reports";
import type { Store } from "./store";
import { livingTabs, TAB } from "./tabs";

export type Action =
  | { kind: "submit"; assignment: string; task?: string; submission: Submission }
  | { kind: "skip"; assignment: string; reason: SkipReason; comment: string }
  | { kind: "report"; assignment: string; reason: ReportReason; comment: string }
  | { kind: "undo"; assignment: string; task?: string };

interface Entry {
  key: string;
  tab: string;
  action: Action;
  isSending: boolean;
}

export interface OutboxEvents {
  /** The number of waiting actions, or why they wait, has changed. */
  changed(): void;
  /** The server has it; and it may have something to explain about the answer. */
  sent(action: Action, isExplained: boolean): void;
  /** The server will never take it, and says why. */
  failed(action: Action, error: ApiError): void;
}

/** Why nothing is sent at the moment. */
export type Halt = "offline" | "login" | null;

/** Browsers keep six connections to a server: three are for images, one for the next tasks. */
const PARALLEL = 2;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

export class Outbox {
  private entries: Entry[] = [];
  private readonly answered = new Set<string>();
  private halted: Halt = null;
  private isStopped = false;
  private isBehind = true;
  private wait = FIRST_WAIT_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private nextNumber = Date.now();

  constructor(
    private readonly store: Store,
    private readonly api: AssignmentsApi,
    private readonly events: OutboxEvents,
  ) {}

  get waiting(): number {
    return this.entries.length;
  }

  get halt(): Halt {
    return this.halted;
  }

  /** Whether something about this assignment is still on its way. */
  holds(assignment: string): boolean {
    return this.entries.some(({ action }) => action.assignment === assignment);
  }

  /** Whether this page has an answer to a task, sent or not, whichever lease it came with. */
  hasAnswered(task: string): boolean {
    return this.answered.has(task);
  }

  /** Takes over what tabs that are gone left behind. */
  async restore(): Promise<void> {
    const living = await livingTabs();
    const rows = await this.store.all<Pick<Entry, "tab" | "action">>("actions");
    for (const [key, { tab, action }] of rows) {
      if (living?.has(tab)) continue;
      this.entries.push({ key, tab, action, isSending: false });
      this.note(action);
    }
    this.events.changed();
    this.send();
  }

  /** Resolves when the action is kept on this device: from then on it cannot get lost. */
  async push(action: Action): Promise<void> {
    // Keys sort as text in the order in which they were made.
    const key = String((this.nextNumber += 1)).padStart(16, "0");
    const entry = { key, tab: TAB, action, isSending: true };
    this.entries.push(entry);
    this.note(action);
    this.events.changed();
    await this.store.put("actions", key, { tab: TAB, action }).catch(() => undefined);
    entry.isSending = false;
    this.send();
  }

  /** Takes back an answer that was not sent yet. False when it is gone, or on its way. */
  drop(assignment: string): boolean {
    const about = this.entries.filter(({ action }) => action.assignment === assignment);
    const entry = about.at(-1);
    if (!entry || entry.isSending || entry.action.kind !== "submit") return false;
    this.answered.delete(entry.action.task ?? "");
    void this.forget(entry);
    return true;
  }

  /** Tries again at once, as after a new login. */
  resume(): void {
    clearTimeout(this.timer);
    this.halted = null;
    this.wait = FIRST_WAIT_MS;
    this.send();
  }

  /** The page goes away: what is kept here is sent by the next one. */
  stop(): void {
    clearTimeout(this.timer);
    this.isStopped = true;
  }

  private send(): void {
    if (this.halted || this.isStopped) return;
    const busy = new Set<string>();
    if (this.entries.length === 0) this.isBehind = false;
    let room =
      (this.isBehind ? 1 : PARALLEL) - this.entries.filter(({ isSending }) => isSending).length;
    for (const entry of this.entries) {
      const { assignment } = entry.action;
      // What is about one task goes in order: an undo never overtakes its answer.
      const isNext = !busy.has(assignment);
      busy.add(assignment);
      if (!isNext || entry.isSending || room <= 0) continue;
      room -= 1;
      entry.isSending = true;
      void this.sendOne(entry);
    }
  }

  private async sendOne(entry: Entry): Promise<void> {
    try {
      const isExplained = await this.api.perform(entry.action);
      await this.confirm(entry, null, isExplained);
    } catch (error) {
      entry.isSending = false;
      const known = error instanceof ApiError ? error : new ApiError("unreachable", String(error));
      if (known.trouble === "unreachable" || known.trouble === "login") return this.pause(known);
      await this.confirm(entry, known);
    }
    this.send();
  }

  private async confirm(entry: Entry, error: ApiError | null, isExplained = false): Promise<void> {
    await this.forget(entry);
    this.wait = FIRST_WAIT_MS;
    if (!error) return this.events.sent(entry.action, isExplained);
    if (entry.action.kind === "submit") this.answered.delete(entry.action.task ?? "");
    this.events.failed(entry.action, error);
  }

  private note(action: Action): void {
    if (action.kind === "submit" && action.task) this.answered.add(action.task);
    if (action.kind === "undo" && action.task) this.answered.delete(action.task);
  }

  private async forget(entry: Entry): Promise<void> {
    this.entries = this.entries.filter((other) => other !== entry);
    this.events.changed();
    await this.store.remove("actions", entry.key).catch(() => undefined);
  }

  private pause({ trouble }: ApiError): void {
    this.halted = trouble === "login" ? "login" : "offline";
    this.isBehind = true;
    clearTimeout(this.timer);
    if (this.isStopped) return;
    this.timer = setTimeout(() => {
      this.halted = null;
      this.send();
    }, this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
    this.events.changed();
  }
}
