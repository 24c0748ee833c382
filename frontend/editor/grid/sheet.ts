/** The thumbnails of one page: made and decoded ahead, marked and walked by pointer and keys. */

import { flatten, titleOf } from "../core/schema";
import { element } from "../dom";
import type { MediaAhead } from "../net/media";
import { fill, type Strings } from "../strings";
import type { GridItem, GridPage, Mark } from "./page";

const SEEN_SHARE = 0.6;
/** The id of the line that says why the current one is doubtful. */
export const WHY = "grid-why";

export interface SheetEvents {
  /** A mark, or what was on screen, has changed. */
  changed(): void;
  /** Another thumbnail is the current one. */
  moved(): void;
}

export class Sheet {
  readonly element: HTMLElement;
  /** Resolves when every thumbnail can be painted. */
  readonly ready: Promise<void>;
  private tiles: HTMLButtonElement[];
  private readonly titles: Map<string, string>;
  private readonly seen = new Set<Element>();
  private readonly observer: IntersectionObserver;
  private place = 0;

  constructor(
    readonly page: GridPage,
    private readonly media: MediaAhead,
    private readonly strings: Strings,
    private readonly events: SheetEvents,
    private readonly reasons = new Map<string, string>(),
  ) {
    const listed = flatten(page.control.options);
    this.titles = new Map(listed.map(({ label }) => [label.value, titleOf(label)]));
    this.tiles = page.items.map((entry, index) => this.tile(entry, index));
    const title = this.titles.get(page.value) ?? page.value;
    this.element = element(
      "div",
      { class: "sheet", role: "group", "aria-label": fill(strings.grid_of, { label: title }) },
      ...this.tiles,
    );
    this.ready = Promise.allSettled(page.items.map((entry, index) => this.load(entry, index))).then(
      () => undefined,
    );
    this.observer = new IntersectionObserver((entries) => this.onSeen(entries), {
      threshold: SEEN_SHARE,
    });
  }

  /** The page is before the person from now on. */
  show(): void {
    for (const tile of this.tiles) this.observer.observe(tile);
    this.moveTo(this.place, false);
  }

  hide(): void {
    this.observer.disconnect();
  }

  /** Frees the memory of the pictures. */
  drop(): void {
    this.hide();
    for (const { item } of this.page.items) {
      if (item.thumbnail_url) this.media.drop(item.thumbnail_url);
    }
  }

  /** Leaves out items that are not to be answered any more. */
  remove(assignments: Set<string>): void {
    this.page.remove(assignments);
    this.tiles = this.tiles.filter((tile) => {
      const isGone = assignments.has(tile.dataset["assignment"] ?? "");
      if (isGone) tile.remove();
      return !isGone;
    });
    this.place = Math.max(0, Math.min(this.place, this.tiles.length - 1));
  }

  /** Items that were taken back are other assignments now. */
  rename(again: ReadonlyMap<string, string>): void {
    this.page.rename(again);
    this.tiles.forEach((tile, place) => {
      tile.dataset["assignment"] = this.page.items[place]?.assignment ?? "";
    });
  }

  get ids(): string[] {
    return this.page.items.map(({ assignment }) => assignment);
  }

  get current(): GridItem | undefined {
    return this.page.items[this.place];
  }

  get currentTile(): HTMLElement | undefined {
    return this.tiles[this.place];
  }

  /** How many rows have not been on screen as a whole. */
  get unseenRows(): number {
    return new Set(this.unseen.map((tile) => tile.offsetTop)).size;
  }

  scrollToUnseen(): void {
    this.unseen[0]?.scrollIntoView({ block: "center" });
  }

  toggle(): void {
    const id = this.current?.assignment;
    if (id === undefined) return;
    this.page.toggle(id);
    this.update(this.place);
  }

  give(value: string): void {
    const id = this.current?.assignment;
    if (id === undefined) return;
    this.page.give(id, value);
    this.update(this.place);
  }

  /** Marks the current one in that way. */
  mark(mark: Mark): void {
    const id = this.current?.assignment;
    if (id === undefined) return;
    this.page.put(id, mark);
    this.update(this.place);
  }

  /** Takes the last mark back, and goes there; says whether there was one. */
  undo(): boolean {
    const id = this.page.undo();
    const place = this.page.items.findIndex(({ assignment }) => assignment === id);
    if (place === -1) return false;
    this.moveTo(place);
    this.update(place);
    return true;
  }

  /** Moves by arrow key; says whether the key was one. */
  walk(key: string): boolean {
    const isRightToLeft = getComputedStyle(this.element).direction === "rtl";
    const forward = isRightToLeft ? -1 : 1;
    const steps: Record<string, number> = {
      ArrowRight: forward,
      ArrowLeft: -forward,
      ArrowDown: this.columns,
      ArrowUp: -this.columns,
      Home: -this.tiles.length,
      End: this.tiles.length,
    };
    const step = steps[key];
    if (step === undefined) return false;
    const last = this.tiles.length - 1;
    const next = this.place + step;
    const isVertical = key === "ArrowUp" || key === "ArrowDown";
    // The last row may be short: down from above its gap leads to its end.
    if (!isVertical) this.moveTo(Math.min(last, Math.max(0, next)));
    else if (next >= 0)
      this.moveTo(this.rowOf(next) === this.rowOf(this.place) ? this.place : Math.min(last, next));
    return true;
  }

  private rowOf(place: number): number {
    return Math.floor(Math.min(place, this.tiles.length - 1) / this.columns);
  }

  private get columns(): number {
    const top = this.tiles[0]?.offsetTop;
    const count = this.tiles.findIndex((tile) => tile.offsetTop !== top);
    return count === -1 ? Math.max(1, this.tiles.length) : count;
  }

  private get unseen(): HTMLElement[] {
    return this.tiles.filter((tile) => !this.seen.has(tile));
  }

  private moveTo(place: number, isSaid = true): void {
    this.tiles[this.place]?.setAttribute("tabindex", "-1");
    this.place = place;
    const tile = this.tiles[place];
    tile?.setAttribute("tabindex", "0");
    tile?.focus({ preventScroll: true });
    tile?.scrollIntoView({ block: "nearest" });
    if (isSaid) this.events.moved();
  }

  private onSeen(entries: IntersectionObserverEntry[]): void {
    const before = this.seen.size;
    for (const { target, intersectionRatio } of entries) {
      if (intersectionRatio >= SEEN_SHARE) this.seen.add(target);
    }
    if (this.seen.size !== before) this.events.changed();
  }

  private tile({ assignment, item, why }: GridItem, index: number): HTMLButtonElement {
    const text = item.data.text;
    const content =
      item.type === "image"
        ? element("img", { class: "tile-picture", alt: "", draggable: "false" })
        : element("span", { class: "tile-text", dir: "auto" }, text ?? "");
    const number = fill(this.strings.grid_item, { number: index + 1 });
    const tile: HTMLButtonElement = element(
      "button",
      { type: "button", class: "tile", tabindex: "-1", "aria-pressed": "false" },
      element("span", { class: "visually-hidden" }, number),
      content,
      element("span", { class: "tile-badge" }),
    );
    tile.dataset["assignment"] = assignment;
    if (why !== undefined) tile.setAttribute("aria-describedby", WHY);
    tile.addEventListener("click", () => {
      this.moveTo(this.tiles.indexOf(tile));
      this.toggle();
    });
    // Only a pointer that really moves: scrolling under a resting one must not take the cursor.
    tile.addEventListener("pointermove", (event) => {
      const isMoved = event.movementX !== 0 || event.movementY !== 0;
      if (event.pointerType === "mouse" && isMoved && this.currentTile !== tile)
        this.moveTo(this.tiles.indexOf(tile));
    });
    return tile;
  }

  private async load({ assignment, item }: GridItem, index: number): Promise<void> {
    const tile = this.tiles[index];
    const picture = tile?.querySelector("img");
    if (!picture || !item.thumbnail_url) return;
    try {
      picture.src = await this.media.prepare(item.thumbnail_url);
      await picture.decode();
    } catch {
      // What cannot be seen cannot be confirmed: it is set aside from the start.
      tile?.classList.add("is-broken");
      picture.replaceWith(element("span", { class: "tile-text" }, this.strings.grid_broken));
      if (this.page.markOf(assignment) === undefined) this.page.put(assignment, null);
      this.update(index);
    }
  }

  private update(index: number): void {
    const [tile, entry] = [this.tiles[index], this.page.items[index]];
    const badge = tile?.querySelector(".tile-badge");
    if (!tile || !entry || !badge) return;
    const mark = this.page.markOf(entry.assignment);
    tile.setAttribute("aria-pressed", String(mark !== undefined));
    tile.classList.toggle("is-wrong", mark === null || typeof mark === "object");
    tile.classList.toggle("is-other", typeof mark === "string");
    badge.textContent = this.badge(mark);
    this.events.changed();
  }

  private badge(mark: Mark | undefined): string {
    if (mark === undefined) return "";
    if (mark === null) return this.strings.grid_wrong;
    if (typeof mark === "string") return this.titles.get(mark) ?? mark;
    return fill(this.strings.grid_rejected, { reason: this.reasons.get(mark.reason) ?? "" });
  }
}
