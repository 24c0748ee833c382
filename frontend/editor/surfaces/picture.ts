/** The image itself: a blurred first look, the picture, and the sharp one once it is needed. */

import type { Size } from "../core/geometry";
import { setAttributes, svg } from "../dom";

/** Beyond these the sharp image is not asked for: browsers refuse or run out of memory. */
const LARGEST_SIDE = 16_384;
const LARGEST_AREA = 80_000_000;
const STEP = 0.1;
const [DARKEST, BRIGHTEST] = [0.2, 3];

export class Picture {
  readonly element = svg("g", { class: "pictures" });
  size: Size = { width: 1, height: 1 };
  /** Where the full image is to be had; asked for once per image. */
  onNeedFull: (() => Promise<string>) | null = null;
  private naturalWidth = 0;
  private isAsked = false;
  private turn = 0;
  private brightness = 1;
  private contrast = 1;

  /** Shows a small version until the image is there; the size is that of the image. */
  async showFirst(url: string, size: Size | null): Promise<boolean> {
    const turn = this.turn;
    const loader = await decoded(url);
    if (turn !== this.turn) return false;
    if (size) this.size = size;
    else this.size = { width: loader.naturalWidth || 1, height: loader.naturalHeight || 1 };
    this.put(url, "picture is-first");
    return true;
  }

  async load(url: string, size: Partial<Size>): Promise<void> {
    const turn = (this.turn += 1);
    const loader = await decoded(url);
    if (turn !== this.turn) return;
    this.size = {
      width: size.width || loader.naturalWidth || 1,
      height: size.height || loader.naturalHeight || 1,
    };
    this.naturalWidth = loader.naturalWidth;
    this.isAsked = false;
    this.put(url, "picture");
  }

  /** Fetches the full image when the view shows more pixels than the picture has. */
  async sharpen(scale: number): Promise<void> {
    const { width, height } = this.size;
    const isEnough = scale * window.devicePixelRatio <= this.naturalWidth / width;
    const isTooLarge = Math.max(width, height) > LARGEST_SIDE || width * height > LARGEST_AREA;
    if (!this.onNeedFull || this.isAsked || !this.naturalWidth || isEnough || isTooLarge) return;
    if (this.naturalWidth >= width) return;
    this.isAsked = true;
    const turn = this.turn;
    try {
      const url = await this.onNeedFull();
      const loader = await decoded(url);
      if (turn !== this.turn) return;
      this.naturalWidth = loader.naturalWidth;
      this.put(url, "picture");
    } catch {
      // The picture that is there stays: work goes on without the sharper one.
    }
  }

  /** Brighter or darker, more or less contrast, by steps. Both 0 means: as it was. */
  adjust(brightness: number, contrast: number): { brightness: number; contrast: number } {
    const isReset = brightness === 0 && contrast === 0;
    this.brightness = isReset ? 1 : limited(this.brightness + brightness * STEP);
    this.contrast = isReset ? 1 : limited(this.contrast + contrast * STEP);
    this.applyFilter();
    return { brightness: this.brightness, contrast: this.contrast };
  }

  setEnlarged(isEnlarged: boolean): void {
    this.element.classList.toggle("is-enlarged", isEnlarged);
  }

  /** The new image lies over the old one until it is painted, so that nothing flickers. */
  private put(url: string, name: string): void {
    const former = [...this.element.children];
    const image = svg("image", { class: name, preserveAspectRatio: "none" });
    setAttributes(image, { href: url, ...this.size });
    this.element.append(image);
    this.applyFilter();
    const clear = (): void => former.forEach((node) => node.remove());
    // The tests and assistive tools see one picture; a first look is replaced at once.
    if (former.some((node) => node.classList.contains("is-first"))) clear();
    else requestAnimationFrame(() => requestAnimationFrame(clear));
  }

  private applyFilter(): void {
    const isPlain = this.brightness === 1 && this.contrast === 1;
    const filter = `brightness(${this.brightness}) contrast(${this.contrast})`;
    this.element.style.filter = isPlain ? "" : filter;
  }
}

const limited = (value: number): number =>
  Math.round(Math.min(Math.max(value, DARKEST), BRIGHTEST) * 10) / 10;

async function decoded(url: string): Promise<HTMLImageElement> {
  const loader = new Image();
  loader.src = url;
  await loader.decode();
  return loader;
}
