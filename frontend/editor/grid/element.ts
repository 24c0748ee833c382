/**
 * What the grids share: pages of thumbnails of one class, fetched ahead, walked by keys, confirmed
 * once every row was on screen, their leases kept and given back.
 */

import { ActivityTimer, type Clocks } from "../core/activity";
import { buildKeymap, type Keymap, keyNames } from "../core/keymap";
import type { ChoiceControl } from "../core/schema";
import { isTyping, readJson } from "../dom";
import { ApiError } from "../net/http";
import { startHeartbeat } from "../net/heartbeat";
import { MediaAhead } from "../net/media";
import { watchAttention } from "../session/attention";
import { fill, type Strings, withEnglish } from "../strings";
import type { Fate, PageLeases } from "./api";
import { type GridPage, WrongShare } from "./page";
import { Sheet } from "./sheet";
import { GridView } from "./view";

export interface GridConfig {
  /** What the page stands for until a class is chosen. */
  name: string;
  control: ChoiceControl;
  api: string;
  home: string;
  login: string;
  singly: string;
  strings?: Partial<Strings>;
}

export interface Confirmed {
  sheet: Sheet;
  ids: string[];
  clocks: Clocks;
  sent: Promise<void>;
}

export abstract class GridElement<Config extends GridConfig> extends HTMLElement {
  /** Letters of the page itself, which no class gets. */
  protected readonly ownKeys: readonly string[] = [];
  protected config!: Config;
  protected strings!: Strings;
  protected view!: GridView;
  protected keymap!: Keymap;
  protected value: string | null = null;
  protected sheet: Sheet | null = null;
  protected ahead: Promise<Sheet | null> | null = null;
  protected aheadSheet: Sheet | null = null;
  protected last: Confirmed | null = null;
  protected readonly setAside = new Set<string>();
  /** Confirmed, and not yet by the server: it still counts them as held. */
  protected readonly sending = new Set<string>();
  protected readonly wrong = new WrongShare();
  protected readonly timer = new ActivityTimer(() => performance.now());
  protected readonly leaving = new AbortController();
  protected doneCount = 0;
  private readonly media = new MediaAhead();
  /** The page that is being put before the person. */
  private showing: Promise<void> = Promise.resolve();

  protected abstract readonly leases: PageLeases;
  protected abstract start(): Promise<void>;
  protected abstract fetchPage(): Promise<Sheet | null>;
  protected abstract submit(confirmed: Confirmed): Promise<void>;
  /** What z takes back. */
  protected abstract undo(): void;
  /** Takes back what was confirmed; says what became of each. */
  protected abstract withdraw(confirmed: Confirmed): Promise<Fate[]>;

  connectedCallback(): void {
    this.config = readJson<Config>(this.dataset["config"] ?? "grid-config");
    this.strings = withEnglish(this.config.strings);
    this.keymap = buildKeymap({ controls: [this.config.control] }, this.ownKeys);
    this.view = new GridView(this, this.strings, this.config, this.keymap, this.media, {
      confirm: () => this.confirm(),
      undo: () => this.undo(),
      choose: (value) => void this.choose(value),
    });
    void this.start();
  }

  disconnectedCallback(): void {
    this.leaving.abort();
  }

  protected listen(): void {
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
    signal.addEventListener("abort", stopBeating);
  }

  private onShown(): void {
    this.timer.touch();
    void this.beat();
  }

  /** Keeps what is on the page and ahead of it; what was lost meanwhile leaves the page. */
  private async beat(): Promise<void> {
    const ids = this.kept;
    if (ids.length === 0) return;
    const fates = await this.leases.heartbeat(ids).catch(() => []);
    // What was confirmed while this was under way is no lease any more, and not lost.
    const still = new Set(this.kept);
    const lost = new Set(
      fates
        .filter(({ assignment, error }) => error.code && still.has(assignment))
        .map(({ assignment }) => assignment),
    );
    if (lost.size === 0) return;
    for (const sheet of [this.sheet, this.aheadSheet]) sheet?.remove(lost);
    for (const id of lost) this.setAside.delete(id);
    this.showCounts();
    this.view.update(this.sheet);
    this.view.setStatus(fill(this.strings.grid_expired, { count: lost.size }), "warn");
  }

  private onKey(event: KeyboardEvent): void {
    const names = keyNames(event);
    const isChord = event.ctrlKey || event.metaKey;
    if (event.altKey || (isChord && (event.shiftKey || !names.includes("z")))) return;
    if (event.defaultPrevented || isTyping(event.target) || this.view.hasDialog) return;
    const target = names.map((name) => this.keymap.targets.get(name)).find(Boolean);
    const isElsewhere =
      event.target instanceof Element && event.target.closest("a, button:not(.tile)") !== null;
    if (event.key === "?") this.view.showKeys();
    else if (target && !isChord) this.pressClass(String(target.value));
    else if (this.pressUndo(event, names)) event.preventDefault();
    else if (!this.sheet || (isElsewhere && (event.key === "Enter" || event.key === " "))) return;
    else if (!this.pressPage(event, names, this.sheet)) return;
    event.preventDefault();
  }

  /** With the last page confirmed, too, when there is none before the person. */
  protected pressUndo(event: KeyboardEvent, names: string[]): boolean {
    if (!names.includes("z")) return false;
    if (!event.repeat) this.undo();
    return true;
  }

  private pressClass(value: string): void {
    if (this.sheet) this.sheet.give(value);
    else if (this.view.isAsking) void this.choose(value);
  }

  /** Says whether the key was one of the page. */
  protected pressPage(event: KeyboardEvent, names: string[], sheet: Sheet): boolean {
    if (event.key === "Enter") {
      if (!event.repeat) this.confirm();
    } else if (event.key === " ") sheet.toggle();
    else if (event.key === "Escape") this.view.preview.close();
    else if (names.includes("v")) this.view.preview.toggle(sheet.current, sheet.currentTile);
    else return sheet.walk(event.key);
    return true;
  }

  /** Looks for a class from now on; null: for what the model proposes next. */
  protected async choose(value: string | null): Promise<void> {
    this.value = value;
    await this.giveUp();
    this.showing = this.showNext();
    await this.showing;
  }

  /** Gives back what is on the page and ahead of it. */
  protected async giveUp(): Promise<void> {
    const ids = this.unanswered();
    for (const sheet of [this.sheet, this.aheadSheet]) sheet?.drop();
    this.sheet = this.aheadSheet = this.ahead = null;
    await this.leases.release(ids).catch(() => undefined);
  }

  /** The leases that the page keeps alive. */
  protected get kept(): string[] {
    return this.unanswered();
  }

  private unanswered(): string[] {
    return this.shownIds.filter((id) => !this.setAside.has(id));
  }

  /** What is on the page and ahead of it. */
  private get shownIds(): string[] {
    return [...(this.sheet?.ids ?? []), ...(this.aheadSheet?.ids ?? [])];
  }

  /** What the server holds for this page, and is not to send again. */
  protected get known(): Set<string> {
    return new Set([...this.shownIds, ...this.sending, ...this.setAside]);
  }

  /** `reasons` are the titles of those to reject for. */
  protected sheetOf(page: GridPage, reasons?: Map<string, string>): Sheet {
    const events = {
      changed: () => this.view.update(this.sheet),
      moved: () => {
        this.view.preview.follow(this.sheet?.current, this.sheet?.currentTile);
        this.view.setWhy(this.sheet?.current?.why);
      },
    };
    return new Sheet(page, this.media, this.strings, events, reasons);
  }

  protected async showNext(): Promise<void> {
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

  /** Puts a page before the person, and begins to fetch the one after it. */
  protected put(sheet: Sheet | null): void {
    this.sheet = sheet;
    this.view.preview.close();
    this.view.setWhy(sheet?.current?.why);
    if (!sheet) return this.view.showDone(this.setAside.size);
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

  protected confirm(): void {
    const { sheet } = this;
    if (!sheet || this.isUnseen(sheet)) return;
    this.timer.touch();
    const { page } = sheet;
    const ids = page.settled;
    for (const id of page.setAside) this.setAside.add(id);
    sheet.hide();
    this.last?.sheet.drop();
    this.last = { sheet, ids, clocks: this.timer.clocks, sent: Promise.resolve() };
    this.wrong.add(page);
    this.doneCount += ids.length;
    this.sheet = null;
    const ready = this.aheadSheet;
    if (ready) {
      this.ahead = this.aheadSheet = null;
      this.showing = ready.ready.then(() => this.put(ready));
    }
    this.last.sent = this.send(this.last);
    if (!ready) this.showing = this.showNext();
    this.showCounts();
    this.view.setStatus(fill(this.strings.grid_saved, { count: ids.length }), "good");
    if (this.wrong.isTooHigh) this.view.suggestSingly();
  }

  /** Nobody confirms what was not on screen. */
  private isUnseen(sheet: Sheet): boolean {
    if (sheet.unseenRows === 0) return false;
    sheet.scrollToUnseen();
    const count = sheet.unseenRows;
    this.view.setStatus(fill(this.strings.grid_rows_left, { count }), "warn");
    return true;
  }

  private async send(confirmed: Confirmed): Promise<void> {
    for (const id of confirmed.ids) this.sending.add(id);
    try {
      await this.submit(confirmed);
    } finally {
      for (const id of confirmed.ids) this.sending.delete(id);
    }
  }

  /** Takes the last page back, with its marks; the present one waits behind it. */
  protected async takeBack(): Promise<void> {
    const { last } = this;
    if (!last) return this.view.setStatus(this.strings.nothing_to_undo);
    this.last = null;
    this.view.setStatus(this.strings.grid_taking_back);
    await last.sent;
    await this.showing;
    // What is being fetched must not hold what comes back meanwhile.
    await this.ahead?.catch(() => null);
    try {
      const fates = await this.withdraw(last);
      this.putBack(
        last,
        fates.filter(({ error }) => error.code),
      );
    } catch (error) {
      this.last ??= last;
      this.view.setStatus(error instanceof ApiError ? error.message : String(error), "bad");
    }
  }

  private putBack({ sheet, ids, clocks }: Confirmed, staying: Fate[]): void {
    const reason = staying[0]?.error.message ?? "";
    const count = staying.length;
    if (count > 0 && count === ids.length) {
      sheet.drop();
      return this.view.setStatus(reason, "bad");
    }
    this.putBehind();
    for (const id of sheet.page.setAside) this.setAside.delete(id);
    this.wrong.forgetLast();
    this.doneCount = Math.max(0, this.doneCount - (ids.length - count));
    sheet.remove(new Set(staying.map(({ assignment }) => assignment)));
    this.put(sheet);
    this.timer.restart(clocks);
    this.showCounts();
    if (count === 0) this.view.setStatus(this.strings.grid_taken_back, "good");
    else this.view.setStatus(fill(this.strings.grid_stays, { count, reason }), "warn");
  }

  /** The page before the person comes again after the one that was taken back. */
  private putBehind(): void {
    const { sheet, aheadSheet } = this;
    if (!sheet) return;
    sheet.hide();
    const others = aheadSheet?.ids ?? [];
    aheadSheet?.drop();
    this.aheadSheet = sheet;
    this.ahead = Promise.resolve(sheet);
    void this.leases.release(others).catch(() => undefined);
  }

  protected sayLost(count: number, reason: string): void {
    this.doneCount = Math.max(0, this.doneCount - count);
    this.showCounts();
    this.view.setStatus(fill(this.strings.grid_lost, { count, reason }), "bad");
  }

  protected showCounts(): void {
    this.view.setCounts(this.doneCount, this.setAside.size);
  }

  /** Nobody waits for tasks of a page that is gone. */
  private onLeave(): void {
    void this.leases.release(this.unanswered()).catch(() => undefined);
  }
}
