/** The image under an SVG overlay: fit, zoom to the cursor, drag along. Draws boxes on top. */

import type { Box } from "../core/answer";
import type { Point, Size } from "../core/geometry";
import { fitted, panned, toImage, type Viewport, zoomed } from "../core/viewport";
import { element, iconButton, setAttributes, svg } from "../dom";
import type { Strings } from "../strings";
import { BoxLayer } from "./boxes";

const ZOOM_STEP = 1.25;
const PAN_STEP = 60;

export class ImageSurface {
  readonly element: HTMLElement;
  readonly canvas: SVGSVGElement;
  readonly boxes: BoxLayer;
  size: Size = { width: 1, height: 1 };
  viewport: Viewport = { scale: 1, x: 0, y: 0 };
  onNeedFull: (() => Promise<string>) | null = null;
  private readonly world = svg("g");
  private readonly picture = svg("image", { class: "picture", preserveAspectRatio: "none" });
  private readonly resizing: ResizeObserver;
  private isFitted = true;
  private isSpaceDown = false;

  constructor(private readonly strings: Strings) {
    this.boxes = new BoxLayer();
    this.world.append(this.picture);
    this.canvas = svg(
      "svg",
      { class: "stage-canvas", role: "group", tabindex: 0, "aria-label": strings.item_image },
      this.world,
      this.boxes.element,
    );
    this.element = element("div", { class: "stage stage-image" }, this.canvas, this.toolbar());
    this.resizing = new ResizeObserver(() => this.onResize());
    this.resizing.observe(this.element);
    this.canvas.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    this.canvas.addEventListener("pointerdown", (event) => this.onPanStart(event));
    this.canvas.addEventListener("auxclick", (event) => event.preventDefault());
  }

  /** Shows an image once it is decoded. Rejects when it cannot be loaded. */
  async load(url: string, width: number | null, height: number | null): Promise<void> {
    const loader = new Image();
    loader.src = url;
    await loader.decode();
    this.size = {
      width: width ?? (loader.naturalWidth || 1),
      height: height ?? (loader.naturalHeight || 1),
    };
    setAttributes(this.picture, { href: url, ...this.size });
    this.fit();
  }

  /** Shows a small picture of the same image, until the usual one is loaded. */
  async showFirst(url: string, width: number | null, height: number | null): Promise<void> {
    await this.load(url, width, height);
  }

  destroy(): void {
    this.resizing.disconnect();
  }

  fit(): void {
    this.isFitted = true;
    this.viewport = fitted(this.viewSize(), this.size);
    this.render();
  }

  /** Zooms around a point of the view, or its middle. */
  zoom(factor: number, at?: Point): void {
    const view = this.viewSize();
    const middle = { x: view.width / 2, y: view.height / 2 };
    const smallest = Math.min(fitted(view, this.size).scale / 2, 1);
    this.isFitted = false;
    this.viewport = zoomed(this.viewport, at ?? middle, factor, smallest);
    this.pan(0, 0);
  }

  pan(dx: number, dy: number): void {
    this.viewport = panned(this.viewport, dx, dy, this.viewSize(), this.size);
    this.render();
  }

  /** Where an event happened, in pixels of the original image. */
  locate(event: { clientX: number; clientY: number }): Point {
    return toImage(this.viewport, this.inView(event));
  }

  /** Whether this press moves the image instead of drawing. */
  isPan(event: PointerEvent): boolean {
    return event.button === 1 || (event.button === 0 && this.isSpaceDown);
  }

  /** A box in the middle of what is in view, for drawing by keyboard. */
  middleBox(): Box {
    const view = this.viewSize();
    const low = toImage(this.viewport, { x: view.width * 0.375, y: view.height * 0.375 });
    const high = toImage(this.viewport, { x: view.width * 0.625, y: view.height * 0.625 });
    return [low.x, low.y, high.x - low.x, high.y - low.y];
  }

  /** The keys of the view itself; arrows pan when nothing else takes them. */
  press(key: string): boolean {
    const pans: Record<string, [number, number]> = {
      ArrowLeft: [PAN_STEP, 0],
      ArrowRight: [-PAN_STEP, 0],
      ArrowUp: [0, PAN_STEP],
      ArrowDown: [0, -PAN_STEP],
    };
    const shift = pans[key];
    if (shift) this.pan(...shift);
    else if (key === "f") this.fit();
    else if (key === "+" || key === "=") this.zoom(ZOOM_STEP);
    else if (key === "-") this.zoom(1 / ZOOM_STEP);
    else return false;
    return true;
  }

  /** Space held down turns dragging into moving the image. */
  holdSpace(isDown: boolean): void {
    this.isSpaceDown = isDown;
    this.canvas.classList.toggle("is-panning", isDown);
  }

  private toolbar(): HTMLElement {
    const { strings } = this;
    return element(
      "div",
      { class: "stage-tools" },
      iconButton("plus", `${strings.zoom_in} (+)`, () => this.zoom(ZOOM_STEP)),
      iconButton("minus", `${strings.zoom_out} (-)`, () => this.zoom(1 / ZOOM_STEP)),
      iconButton("fit", `${strings.fit} (f)`, () => this.fit()),
    );
  }

  private viewSize(): Size {
    return { width: this.element.clientWidth || 1, height: this.element.clientHeight || 1 };
  }

  private inView(event: { clientX: number; clientY: number }): Point {
    const frame = this.canvas.getBoundingClientRect();
    return { x: event.clientX - frame.left, y: event.clientY - frame.top };
  }

  private onResize(): void {
    if (this.isFitted) this.fit();
    else this.pan(0, 0);
  }

  private onWheel(event: WheelEvent): void {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
    this.zoom(Math.exp(-event.deltaY * lines * 0.0015), this.inView(event));
  }

  private onPanStart(event: PointerEvent): void {
    if (!this.isPan(event)) return;
    event.preventDefault();
    this.isFitted = false;
    this.canvas.setPointerCapture(event.pointerId);
    const move = (to: PointerEvent): void => this.pan(to.movementX, to.movementY);
    this.canvas.addEventListener("pointermove", move);
    const stop = (): void => this.canvas.removeEventListener("pointermove", move);
    this.canvas.addEventListener("lostpointercapture", stop, { once: true });
  }

  private render(): void {
    const { scale, x, y } = this.viewport;
    this.world.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    this.picture.classList.toggle("is-enlarged", scale >= 4);
    this.boxes.place(this.viewport);
  }
}
