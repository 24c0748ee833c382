/** A larger look at one thumbnail: on "v" until the next, or while the pointer rests on it. */

import { element } from "../dom";
import type { MediaAhead } from "../net/media";
import type { GridItem } from "./page";

const REST_MS = 500;

export class Preview {
  readonly element = element("aside", { class: "grid-preview", hidden: true });
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isHeld = false;
  private shown: GridItem | null = null;

  constructor(
    private readonly media: MediaAhead,
    title: string,
  ) {
    this.element.setAttribute("aria-label", title);
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  /** Opens or closes it for good: it then follows the current thumbnail. */
  toggle(entry: GridItem | undefined, tile: HTMLElement | undefined): void {
    this.isHeld = !this.isHeld;
    if (this.isHeld) this.open(entry, tile);
    else this.close();
  }

  /** Another thumbnail is current. */
  follow(entry: GridItem | undefined, tile: HTMLElement | undefined): void {
    clearTimeout(this.timer);
    if (this.isHeld) return this.open(entry, tile);
    this.hide();
    if (!tile?.matches(":hover")) return;
    this.timer = setTimeout(() => this.open(entry, tile), REST_MS);
  }

  close(): void {
    this.isHeld = false;
    this.hide();
  }

  private hide(): void {
    clearTimeout(this.timer);
    this.shown = null;
    this.element.hidden = true;
  }

  private open(entry: GridItem | undefined, tile: HTMLElement | undefined): void {
    if (!entry || !tile) return;
    this.shown = entry;
    const { item } = entry;
    if (item.type === "text") {
      this.element.replaceChildren(element("p", { dir: "auto" }, item.data.text ?? ""));
    } else {
      const picture = element("img", { alt: "" });
      this.element.replaceChildren(picture);
      void this.fillIn(entry, picture);
    }
    this.element.hidden = false;
    // On the other half of the window, so that the thumbnail stays in sight.
    const { left, width } = tile.getBoundingClientRect();
    const isLeft = left + width / 2 < window.innerWidth / 2;
    this.element.classList.toggle("is-right", isLeft);
  }

  private async fillIn(entry: GridItem, picture: HTMLImageElement): Promise<void> {
    for (const url of [entry.item.thumbnail_url, entry.item.media_url]) {
      if (!url) continue;
      const address = await this.media.take(url).catch(() => null);
      if (this.shown !== entry) return;
      if (address) picture.src = address;
    }
  }
}
