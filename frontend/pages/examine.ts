/**
 * [data-examine]: tiles that are ticked by click, in ranges with Shift, and by keys. Without this
 * module the checkboxes and buttons work by themselves.
 */

import { isTyping } from "../editor/dom";

interface Steps {
  readonly columns: number;
  readonly count: number;
  readonly isRightToLeft: boolean;
}

/** The tile that an arrow key leads to from the one at `place`; null where the key is none. */
export function placeAfter(key: string, place: number, steps: Steps): number | null {
  const ahead = steps.isRightToLeft ? -1 : 1;
  const moves: Record<string, number> = {
    ArrowRight: ahead,
    ArrowLeft: -ahead,
    ArrowDown: steps.columns,
    ArrowUp: -steps.columns,
  };
  const move = moves[key];
  if (move === undefined) return null;
  const next = place + move;
  return next < 0 || next >= steps.count ? place : next;
}

/** What lies between two places, whichever comes first. */
export function between<T>(all: readonly T[], first: number, last: number): readonly T[] {
  return all.slice(Math.min(first, last), Math.max(first, last) + 1);
}

class Examine {
  private readonly ticks: HTMLInputElement[];
  private readonly count: HTMLElement | null;
  private readonly none: string;
  private readonly place = `ticked ${location.pathname}${location.search}`;
  private lastTicked = 0;

  constructor(private readonly form: HTMLFormElement) {
    this.ticks = [...form.querySelectorAll<HTMLInputElement>('[name="tick"]')];
    this.count = form.querySelector<HTMLElement>("[data-ticked]");
    this.none = this.count?.textContent ?? "";
    form.addEventListener("click", (event) => this.onClick(event));
    form.addEventListener("change", () => this.tell());
    form.querySelector("[data-tick-page]")?.addEventListener("click", () => this.tickPage());
    document.addEventListener("keydown", (event) => this.onKey(event));
    this.takeUp();
    window.addEventListener("pagehide", () => this.keep());
    this.tell();
  }

  /** Who looked at an item and came back finds ticked what was. */
  private takeUp(): void {
    const [visit] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    if (visit?.type !== "back_forward") return;
    const kept = new Set(sessionStorage.getItem(this.place)?.split(" "));
    for (const tick of this.ticks) tick.checked = kept.has(tick.value);
  }

  private keep(): void {
    const ticked = this.ticks.filter((tick) => tick.checked).map((tick) => tick.value);
    sessionStorage.setItem(this.place, ticked.join(" "));
  }

  private onClick(event: MouseEvent): void {
    if (!(event.target instanceof Element) || event.target.closest("a, button")) return;
    const tick = event.target
      .closest("[data-tile]")
      ?.querySelector<HTMLInputElement>('[name="tick"]');
    if (!tick) return;
    const place = this.ticks.indexOf(tick);
    const isOnTick = event.target === tick;
    // A click on the label comes once more, as a click on its checkbox.
    if (!isOnTick && event.target.closest("label")) return;
    if (!isOnTick) tick.checked = !tick.checked;
    if (event.shiftKey) {
      for (const each of between(this.ticks, this.lastTicked, place)) each.checked = tick.checked;
    }
    this.lastTicked = place;
    this.tell();
  }

  private onKey(event: KeyboardEvent): void {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.defaultPrevented || !isPlain || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const place = this.placeOf(document.activeElement);
    if (event.key === "x" && place !== null) {
      this.ticks[place]?.click();
    } else if (event.key === "Enter" && place !== null) {
      this.ticks[place]?.closest("[data-tile]")?.querySelector<HTMLElement>("a")?.click();
    } else if (!this.move(event.key, place)) {
      return;
    }
    event.preventDefault();
  }

  private move(key: string, place: number | null): boolean {
    const next = placeAfter(key, place ?? 0, {
      columns: this.columns(),
      count: this.ticks.length,
      isRightToLeft: getComputedStyle(this.form).direction === "rtl",
    });
    if (next === null) return false;
    const tick = this.ticks[place === null ? 0 : next];
    tick?.focus();
    tick?.closest("[data-tile]")?.scrollIntoView({ block: "nearest" });
    return true;
  }

  private placeOf(element: Element | null): number | null {
    const tile = element?.closest("[data-tile]");
    const place = this.ticks.findIndex((tick) => tick.closest("[data-tile]") === tile);
    return tile && place >= 0 ? place : null;
  }

  /** How many tiles stand in the first row. */
  private columns(): number {
    const tops = this.ticks.map((tick) => tick.closest("[data-tile]")?.getBoundingClientRect().top);
    const next = tops.findIndex((top) => top !== tops[0]);
    return next < 0 ? tops.length : next;
  }

  private tickPage(): void {
    const isTicked = this.ticks.every((tick) => tick.checked);
    for (const tick of this.ticks) tick.checked = !isTicked;
    this.tell();
  }

  private tell(): void {
    if (!this.count) return;
    const ticked = this.ticks.filter((tick) => tick.checked).length;
    const some = (this.count.dataset["wordsSome"] ?? "").replace("%s", String(ticked));
    this.count.textContent = ticked ? some : this.none;
  }
}

for (const form of globalThis.document?.querySelectorAll<HTMLFormElement>("[data-examine]") ?? []) {
  new Examine(form);
}
