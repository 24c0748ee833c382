/** <label-grid>: many thumbnails of one class; the person marks the wrong ones and confirms. */

import { ActivityTimer, type Clocks } from "./core/activity";
import { buildKeymap, type Keymap, keyNames } from "./core/keymap";
import { type ChoiceControl } from "./core/schema";
import { randomUuid } from "./core/uuid";
import { isTyping, readJson } from "./dom";
import { GridApi, type NextPage, type Row } from "./grid/api";
import { GridPage, WrongShare } from "./grid/page";
import { Sheet } from "./grid/sheet";
import { GridView } from "./grid/view";
import { AssignmentsApi } from "./net/assignments";
import { startHeartbeat } from "./net/heartbeat";
import { ApiError } from "./net/http";
import { MediaAhead } from "./net/media";
import { Outbox } from "./net/outbox";
import { openStore } from "./net/store";
import { showAlive } from "./net/tabs";
import { watchAttention } from "./session/attention";
import { fill, type Strings, withEnglish } from "./strings";

/** Thumbnails of one page. */
const PAGE = 60;

interface GridConfig {
  person: string;
  batch: { id: number; name: string };
  control: ChoiceControl;
  /** Whether pages hold what a model takes for one class. */
  is_proposed: boolean;
  api: string;
  assignments: string;
  home: string;
  login: string;
  singly: string;
  strings?: Partial<Strings>;
}

interface Confirmed {
  sheet: Sheet;
  ids: string[];
  clocks: Clocks;
  sent: Promise<void>;
}

class LabelGrid extends HTMLElement {
  private config!: GridConfig;
  private strings!: Strings;
  private view!: GridView;
  private api!: GridApi;
  private outbox!: Outbox;
  private keymap!: Keymap;
  private value: string | null = null;
  private sheet: Sheet | null = null;
  private ahead: Promise<Sheet | null> | null = null;
  private aheadSheet: Sheet | null = null;
  private last: Confirmed | null = null;
  private readonly setAside = new Set<string>();
  /** Answered, and not yet confirmed by the server: it still counts them as held. */
  private readonly sending = new Set<string>();
  private readonly wrong = new WrongShare();
  private readonly media = new MediaAhead();
  private readonly timer = new ActivityTimer(() => performance.now());
  private readonly leaving = new AbortController();
  private doneCount = 0;
  /** Where in the queue the class was looked for last: pages go on from there. */
  private reached: { value: string | null; after: string | null } | null = null;

  connectedCallback(): void {
    this.config = readJson<GridConfig>(this.dataset["config"] ?? "grid-config");
    this.strings = withEnglish(this.config.strings);
    const { api, batch, control } = this.config;
    this.api = new GridApi(api, batch.id);
    this.keymap = buildKeymap({ controls: [control] });
    this.view = new GridView(this, this.strings, this.config, this.keymap, this.media, {
      confirm: () => this.confirm(),
      undo: () => void this.undo(),
      choose: (value) => void this.choose(value),
    });
    void this.start();
  }

  disconnectedCallback(): void {
    this.leaving.abort();
  }

  private async start(): Promise<void> {
    const { person, assignments, batch } = this.config;
    const singly = new AssignmentsApi(assignments, { batch: batch.id, project: null });
    this.outbox = new Outbox(await openStore(person), singly, {
      changed: () => this.view.setUnsent(this.outbox.waiting, this.outbox.halt),
      sent: () => undefined,
      failed: (_action, error) => this.sayLost(1, error.message),
    });
    await this.outbox.restore();
    showAlive();
    this.listen();
    if (this.config.is_proposed) await this.choose(null);
    else this.view.askForClass();
  }

  private listen(): void {
    const { signal } = this.leaving;
    const attention = {
      input: () => this.timer.touch(),
      hidden: () => this.timer.pause(),
      shown: () => this.onShown(),
      left: () => this.onLeave(),
    };
    watchAttention(attention, signal);
    document.addEventListener("keydown", (event) => this.onKey(event), { signal });
    window.addEventListener("pageshow", (event) => event.persisted && location.reload(), {
      signal,
    });
    const stopBeating = startHeartbeat(
      () => void this.beat(),
      () => this.timer.isActive,
    );
    signal.addEventListener("abort", () => {
      this.outbox.stop();
      stopBeating();
    });
  }

  private onShown(): void {
    this.timer.touch();
    void this.beat();
  }

  /** Keeps what is on the page and ahead of it; what was lost meanwhile leaves the page. */
  private async beat(): Promise<void> {
    const ids = this.unanswered();
    if (ids.length === 0) return;
    const fates = await this.api.heartbeat(ids).catch(() => []);
    // What was confirmed while this was under way is no lease any more, and not lost.
    const still = new Set(this.unanswered());
    const lost = new Set(
      fates
        .filter(({ assignment, error }) => error.code && still.has(assignment))
        .map(({ assignment }) => assignment),
    );
    if (lost.size === 0) return;
    for (const sheet of [this.sheet, this.aheadSheet]) sheet?.remove(lost);
    this.view.update(this.sheet);
    this.view.setStatus(fill(this.strings.grid_expired, { count: lost.size }), "warn");
  }

  private onKey(event: KeyboardEvent): void {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.defaultPrevented || !isPlain || isTyping(event.target)) return;
    const names = keyNames(event);
    const target = names.map((name) => this.keymap.targets.get(name)).find(Boolean);
    const isElsewhere =
      event.target instanceof Element && event.target.closest("a, button:not(.tile)") !== null;
    if (target) this.pressClass(String(target.value));
    else if (!this.sheet || (isElsewhere && (event.key === "Enter" || event.key === " "))) return;
    else if (!this.pressPage(event, names)) return;
    event.preventDefault();
  }

  private pressClass(value: string): void {
    if (this.sheet) this.sheet.give(value);
    else if (this.view.isAsking) void this.choose(value);
  }

  private pressPage(event: KeyboardEvent, names: string[]): boolean {
    const { sheet } = this;
    if (!sheet) return false;
    if (event.key === "Enter") {
      if (!event.repeat) this.confirm();
    } else if (event.key === " ") sheet.toggle();
    else if (event.key === "Escape") this.view.preview.close();
    else if (names.includes("v")) this.view.preview.toggle(sheet.current, sheet.currentTile);
    else if (names.includes("z")) {
      if (!event.repeat) void this.undo();
    } else return sheet.walk(event.key);
    return true;
  }

  /** Looks for a class from now on; null: for what the model proposes next. */
  private async choose(value: string | null): Promise<void> {
    this.value = value;
    await this.giveUp();
    await this.showNext();
  }

  /** Gives back what is on the page and ahead of it. */
  private async giveUp(): Promise<void> {
    const ids = this.unanswered();
    this.reached = null;
    for (const sheet of [this.sheet, this.aheadSheet]) sheet?.drop();
    this.sheet = this.aheadSheet = this.ahead = null;
    await this.api.release(ids).catch(() => undefined);
  }

  private unanswered(): string[] {
    const ids = [...(this.sheet?.ids ?? []), ...(this.aheadSheet?.ids ?? [])];
    return ids.filter((id) => !this.setAside.has(id));
  }

  private async showNext(): Promise<void> {
    const wanted = this.ahead ?? this.fetchPage();
    this.ahead = this.aheadSheet = null;
    this.view.showLoading();
    try {
      const sheet = await wanted;
      await sheet?.ready;
      this.put(sheet);
    } catch (error) {
      this.view.showProblem(error, () => void this.showNext());
    }
  }

  private async fetchPage(): Promise<Sheet | null> {
    // The server counts what is being sent as held, and would give less.
    await this.last?.sent;
    const own = [...(this.sheet?.ids ?? []), ...(this.aheadSheet?.ids ?? [])];
    const known = new Set([...own, ...this.sending, ...this.setAside]);
    const page = await this.gather(this.value, known);
    const items = page.items.filter(({ assignment }) => !this.outbox.holds(assignment));
    if (page.value === null || items.length === 0) return null;
    return new Sheet(new GridPage(page.value, page.control, items), this.media, this.strings, {
      changed: () => this.view.update(this.sheet),
      moved: () => this.view.preview.follow(this.sheet?.current, this.sheet?.currentTile),
    });
  }

  /** A rare class is looked for stretch by stretch; when there is no more of it, what comes next. */
  private async gather(value: string | null, known: Set<string>): Promise<NextPage> {
    const found: NextPage["items"] = [];
    const start = this.reached?.value === value ? this.reached.after : null;
    let page: NextPage;
    let after = start;
    do {
      page = await this.api.next(value, [...known], after);
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

  /** Puts a page before the person, and begins to fetch the one after it. */
  private put(sheet: Sheet | null): void {
    this.sheet = sheet;
    this.view.preview.close();
    if (!sheet) return this.view.showDone(this.setAside.size);
    // With suggestions, the next page goes on with the class of this one.
    if (this.config.is_proposed) this.value = sheet.page.value;
    this.view.showSheet(sheet);
    sheet.show();
    this.timer.restart();
    this.fetchAhead();
  }

  private fetchAhead(): void {
    if (this.ahead) return;
    const ahead = this.fetchPage().then((sheet) => {
      if (this.ahead === ahead) this.aheadSheet = sheet;
      return sheet;
    });
    this.ahead = ahead;
    // Trouble shows when the page is wanted: then it is asked for again.
    ahead.catch(() => {
      if (this.ahead === ahead) this.ahead = null;
    });
  }

  private confirm(): void {
    const { sheet } = this;
    if (!sheet) return;
    if (sheet.unseenRows > 0) {
      sheet.scrollToUnseen();
      return this.view.setStatus(
        fill(this.strings.grid_rows_left, { count: sheet.unseenRows }),
        "warn",
      );
    }
    this.timer.touch();
    const { answers, setAside } = sheet.page;
    const rows = answers.map((row) => ({ ...row, request_id: randomUuid() }));
    for (const id of setAside) this.setAside.add(id);
    sheet.hide();
    this.last?.sheet.drop();
    const clocks = this.timer.clocks;
    this.last = { sheet, ids: rows.map((row) => row.assignment), clocks, sent: Promise.resolve() };
    this.wrong.add(sheet.page);
    this.doneCount += rows.length;
    this.sheet = null;
    const ready = this.aheadSheet;
    if (ready) {
      this.ahead = this.aheadSheet = null;
      void ready.ready.then(() => this.put(ready));
    }
    this.last.sent = this.submit(rows, clocks);
    if (!ready) void this.showNext();
    this.view.setCounts(this.doneCount, this.setAside.size);
    this.view.setStatus(fill(this.strings.grid_saved, { count: rows.length }), "good");
    if (this.wrong.isTooHigh) this.view.suggestSingly();
  }

  /** One call for the page; what cannot be sent now is kept on the device, and goes row by row. */
  private async submit(rows: Row[], clocks: Clocks): Promise<void> {
    if (rows.length === 0) return;
    for (const { assignment } of rows) this.sending.add(assignment);
    try {
      const fates = await this.api.submit(rows, clocks);
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
    } finally {
      for (const { assignment } of rows) this.sending.delete(assignment);
    }
  }

  private sayLost(count: number, reason: string): void {
    this.doneCount = Math.max(0, this.doneCount - count);
    this.view.setCounts(this.doneCount, this.setAside.size);
    this.view.setStatus(fill(this.strings.grid_lost, { count, reason }), "bad");
  }

  /** Takes the last page back, with its marks; the present one waits behind it. */
  private async undo(): Promise<void> {
    const { last } = this;
    if (!last) return this.view.setStatus(this.strings.nothing_to_undo);
    this.last = this.reached = null;
    await last.sent;
    const stored = last.ids.filter((id) => !this.outbox.drop(id));
    const kept = new Set<string>();
    try {
      const fates = stored.length > 0 ? await this.api.undo(stored) : [];
      for (const { assignment, error } of fates) if (error.code) kept.add(assignment);
    } catch (error) {
      this.last = last;
      return this.view.setStatus(error instanceof ApiError ? error.message : String(error), "bad");
    }
    await this.putBehind();
    for (const id of last.sheet.page.setAside) this.setAside.delete(id);
    this.wrong.forgetLast();
    this.doneCount = Math.max(0, this.doneCount - (last.ids.length - kept.size));
    last.sheet.remove(kept);
    this.put(last.sheet);
    this.timer.restart(last.clocks);
    this.view.setCounts(this.doneCount, this.setAside.size);
    this.view.setStatus(this.strings.grid_taken_back, "good");
  }

  /** The page before the person comes again after the one that was taken back. */
  private async putBehind(): Promise<void> {
    const { sheet, aheadSheet } = this;
    sheet?.hide();
    const others = sheet && aheadSheet ? aheadSheet.ids : [];
    if (sheet) {
      aheadSheet?.drop();
      this.aheadSheet = sheet;
      this.ahead = Promise.resolve(sheet);
    }
    this.sheet = null;
    await this.api.release(others).catch(() => undefined);
  }

  /** Nobody waits for tasks of a page that is gone. */
  private onLeave(): void {
    void this.api.release(this.unanswered()).catch(() => undefined);
  }
}

customElements.define("label-grid", LabelGrid);
