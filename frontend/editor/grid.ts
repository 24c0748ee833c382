/** <label-grid>: many thumbnails of one class; the person marks the wrong ones and confirms. */

import { randomUuid } from "./core/uuid";
import { type Fate, GridApi, type NextPage } from "./grid/api";
import { type Confirmed, type GridConfig, GridElement } from "./grid/element";
import { GridPage } from "./grid/page";
import type { Sheet } from "./grid/sheet";
import { AssignmentsApi } from "./net/assignments";
import { ApiError } from "./net/http";
import { Outbox } from "./net/outbox";
import { openStore } from "./net/store";
import { showAlive } from "./net/tabs";

/** Thumbnails of one page. */
const PAGE = 60;

interface LabelGridConfig extends GridConfig {
  person: string;
  batch: number;
  /** Whether pages hold what a model takes for one class. */
  is_proposed: boolean;
  assignments: string;
}

class LabelGrid extends GridElement<LabelGridConfig> {
  protected leases!: GridApi;
  private outbox!: Outbox;
  /** Where in the queue the class was looked for last: pages go on from there. */
  private reached: { value: string | null; after: string | null } | null = null;

  protected async start(): Promise<void> {
    const { api, person, assignments, batch } = this.config;
    this.leases = new GridApi(api, batch);
    const singly = new AssignmentsApi(assignments, { batch, project: null });
    this.outbox = new Outbox(await openStore(person), singly, {
      changed: () => this.view.setUnsent(this.outbox.waiting, this.outbox.halt),
      sent: () => undefined,
      failed: (_action, error) => this.sayLost(1, error.message),
    });
    await this.outbox.restore();
    showAlive();
    this.listen();
    this.leaving.signal.addEventListener("abort", () => this.outbox.stop());
    if (this.config.is_proposed) await this.choose(null);
    else this.view.askForClass();
  }

  protected override async giveUp(): Promise<void> {
    this.reached = null;
    await super.giveUp();
  }

  protected async fetchPage(): Promise<Sheet | null> {
    // The server counts what is being sent as held, and would give less.
    await this.last?.sent;
    const page = await this.gather(this.value, this.known);
    const items = page.items.filter(({ assignment }) => !this.outbox.holds(assignment));
    if (page.value === null || items.length === 0) return null;
    return this.sheetOf(new GridPage(page.value, page.control, items));
  }

  /** A rare class is looked for stretch by stretch; when there is no more of it, what comes next. */
  private async gather(value: string | null, known: Set<string>): Promise<NextPage> {
    const found: NextPage["items"] = [];
    const start = this.reached?.value === value ? this.reached.after : null;
    let page: NextPage;
    let after = start;
    do {
      page = await this.leases.next(value, [...known], after);
      found.push(...page.items);
      for (const { assignment } of page.items) known.add(assignment);
      value = page.value;
      this.reached = { value, after };
      after = page.go_on_after;
    } while (after !== null && found.length < PAGE);
    if (found.length > 0 || value === null || !this.config.is_proposed) {
      return { ...page, items: found };
    }
    // What was given back may stand before the place that was reached.
    this.reached = null;
    return this.gather(start === null ? null : value, known);
  }

  protected override put(sheet: Sheet | null): void {
    // With suggestions, the next page goes on with the class of this one.
    if (sheet && this.config.is_proposed) this.value = sheet.page.value;
    super.put(sheet);
  }

  /** One call for the page; what cannot be sent now is kept on the device, and goes row by row. */
  protected async submit({ sheet, clocks }: Confirmed): Promise<void> {
    const rows = sheet.page.answers.map((row) => ({ ...row, request_id: randomUuid() }));
    if (rows.length === 0) return;
    try {
      const fates = await this.leases.submit(rows, clocks);
      const lost = fates.filter(({ error }) => error.code);
      if (lost.length > 0) this.sayLost(lost.length, lost[0]?.error.message ?? "");
    } catch (error) {
      const isLater = error instanceof ApiError && error.trouble !== "refused";
      if (!isLater) return this.sayLost(rows.length, String(error));
      const share = (value: number): number => Math.floor(value / rows.length);
      for (const { assignment, request_id, answer } of rows) {
        const submission = {
          request_id,
          answer,
          active_ms: share(clocks.active_ms),
          reading_ms: share(clocks.reading_ms),
          idle_ms: share(clocks.idle_ms),
        };
        await this.outbox.push({ kind: "submit", assignment, submission });
      }
    }
  }

  protected undo(): void {
    void this.takeBack();
  }

  /** What is only kept on the device was never sent. */
  protected async withdraw({ ids }: Confirmed): Promise<Fate[]> {
    this.reached = null;
    const stored = ids.filter((id) => !this.outbox.drop(id));
    return stored.length > 0 ? await this.leases.undo(stored) : [];
  }
}

customElements.define("label-grid", LabelGrid);
