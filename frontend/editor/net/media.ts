/**
 * Images before their turn: fetched and decoded ahead, a few at a time, in the order of their tasks.
 * Private media may not be cached by the browser itself, so their bytes are kept here.
 */

import { isWhole } from "./whole";

const AT_ONCE = 3;

interface Picture {
  url: string;
  ready: Promise<string>;
  start: (() => void) | null;
  /** Kept so that the browser keeps it decoded. */
  image: HTMLImageElement | null;
  isCut: boolean;
  fetching: AbortController;
}

export class MediaAhead {
  private readonly pictures = new Map<string, Picture>();
  private running = 0;

  /** Puts an image in line; trouble shows when it is wanted. */
  prepare(url: string): Promise<string> {
    const known = this.pictures.get(url);
    if (known) return known.ready;
    const picture: Picture = {
      url,
      ready: Promise.resolve(""),
      start: null,
      image: null,
      isCut: false,
      fetching: new AbortController(),
    };
    const turn = new Promise<void>((resolve) => (picture.start = resolve));
    picture.ready = turn.then(() => this.load(picture));
    picture.ready.catch(() => this.pictures.delete(url));
    this.pictures.set(url, picture);
    this.startNext();
    return picture.ready;
  }

  /** The local address of an image that is wanted now: it does not wait for its turn. */
  take(url: string): Promise<string> {
    const ready = this.prepare(url);
    this.begin(this.pictures.get(url));
    return ready;
  }

  /** Whether an image can be shown at once. */
  isReady(url: string): boolean {
    return this.pictures.get(url)?.image != null;
  }

  /** Whether the end of an image that was fetched is missing. */
  isCut(url: string): boolean {
    return this.pictures.get(url)?.isCut ?? false;
  }

  /** Frees the memory of an image that is done with; one on its way is not waited for. */
  drop(url: string): void {
    const picture = this.pictures.get(url);
    this.pictures.delete(url);
    if (picture && !picture.image) picture.fetching.abort();
    picture?.ready.then((address) => URL.revokeObjectURL(address)).catch(() => undefined);
  }

  private startNext(): void {
    if (this.running >= AT_ONCE) return;
    this.begin([...this.pictures.values()].find(({ start }) => start !== null));
  }

  private begin(picture: Picture | undefined): void {
    picture?.start?.();
    if (picture) picture.start = null;
  }

  private async load(picture: Picture): Promise<string> {
    this.running += 1;
    try {
      const { signal } = picture.fetching;
      const response = await fetch(picture.url, { credentials: "same-origin", signal });
      if (!response.ok || response.redirected) throw new Error(`No image at ${picture.url}.`);
      const content = await response.blob();
      picture.isCut = !isWhole(new Uint8Array(await content.arrayBuffer()));
      const address = URL.createObjectURL(content);
      const image = new Image();
      image.src = address;
      await image.decode();
      picture.image = image;
      return address;
    } finally {
      this.running -= 1;
      this.startNext();
    }
  }
}
