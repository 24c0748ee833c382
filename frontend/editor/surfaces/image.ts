/** The image under an SVG overlay: fit, zoom to the cursor, drag along. Shapes are drawn on top. */

import { boxBetween, clampPoint, type Point, type Size } from "../core/geometry";
import type { Box } from "../core/answer";
import { fitted, panned, toImage, type Viewport, zoomed } from "../core/viewport";
import { element, iconButton, svg } from "../dom";
import { fill, type Strings } from "../strings";
import { Crosshair, GripLayer } from "./grips";
import { Picture } from "./picture";
import { PanZoom } from "./pointers";
import { ShapeLayer } from "./shapes";

const ZOOM_STEP = 1.25;
const PAN_STEP = 60;
/** Keys of light and contrast; `\` puts both back. */
const LIGHT: Record<string, [brightness: number, contrast: number]> = {
  "[": [-1, 0],
  "]": [1, 0],
  "{": [0, -1],
  "}": [0, 1],
  "\\": [0, 0],
};

export class ImageSurface {
  readonly element: HTMLElement;
  /** Takes the focus, the pointer and the keys. */
  readonly canvas: HTMLElement;
  readonly shapes = new ShapeLayer();
  readonly grips = new GripLayer();
  readonly crosshair = new Crosshair();
  viewport: Viewport = { scale: 1, x: 0, y: 0 };
  private readonly world = svg("g");
  private readonly picture = new Picture();
  private readonly problem = element("p", { class: "stage-error", role: "alert", hidden: true });
  private readonly light = element("p", { class: "stage-light", role: "status", hidden: true });
  private readonly resizing: ResizeObserver;
  private readonly moving: PanZoom;
  private isFitted = true;
  private hasSize = false;

  constructor(private readonly strings: Strings) {
    this.world.append(this.picture.element);
    this.canvas = element(
      "div",
      { class: "stage-canvas", role: "group", tabindex: 0, "aria-label": strings.item_image },
      svg("svg", { class: "stage-layer" }, this.world, this.shapes.resting),
      svg(
        "svg",
        { class: "stage-layer stage-layer-moving" },
        this.shapes.moving,
        this.crosshair.element,
        this.grips.element,
      ),
    );
    this.element = element(
      "div",
      { class: "stage stage-image" },
      this.canvas,
      this.toolbar(),
      this.problem,
      this.light,
    );
    this.resizing = new ResizeObserver(() => this.onResize());
    this.resizing.observe(this.element);
    this.moving = new PanZoom(this);
  }

  get size(): Size {
    return this.picture.size;
  }

  /** Whether places on the image are known, so that something can be drawn. */
  get isReady(): boolean {
    return this.hasSize;
  }

  /** Gives the address of the full image; called once per image, when the view needs it. */
  set onNeedFull(ask: (() => Promise<string>) | null) {
    this.picture.onNeedFull = ask;
    void this.picture.sharpen(this.viewport.scale);
  }

  /** Shows a small version at once. With the size of the image, work can begin on it. */
  async showFirst(
    url: string,
    width: number | null = null,
    height: number | null = null,
  ): Promise<void> {
    const size = width && height ? { width, height } : null;
    if (!(await this.picture.showFirst(url, size))) return;
    this.hasSize = size !== null;
    this.fit();
  }

  /** Shows an image once it is decoded. Rejects when it cannot be loaded, and says so. */
  async load(url: string, width: number | null, height: number | null): Promise<void> {
    const had = this.hasSize ? { ...this.size } : null;
    const given = width && height ? { width, height } : {};
    try {
      await this.picture.load(url, given);
    } catch (error) {
      this.showProblem(this.strings.image_broken);
      throw error;
    }
    this.showProblem(null);
    this.hasSize = true;
    // Who has zoomed into the first look stays where they are.
    const isSame = had?.width === this.size.width && had.height === this.size.height;
    if (isSame && !this.isFitted) this.render();
    else this.fit();
  }

  /** A sentence in place of an image that is not to be seen; null takes it away. */
  showProblem(sentence: string | null): void {
    this.problem.textContent = sentence ?? "";
    this.problem.hidden = sentence === null;
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
    this.isFitted = this.isFitted && dx === 0 && dy === 0;
    this.viewport = panned(this.viewport, dx, dy, this.viewSize(), this.size);
    this.render();
  }

  /** Where an event happened, in pixels of the original image. */
  locate(event: { clientX: number; clientY: number }): Point {
    const frame = this.canvas.getBoundingClientRect();
    return toImage(this.viewport, { x: event.clientX - frame.left, y: event.clientY - frame.top });
  }

  /** How many pixels of the image one pixel of the view is. */
  get unit(): number {
    return 1 / this.viewport.scale;
  }

  /** Whether this press moves the image instead of drawing. */
  isPan(event: PointerEvent): boolean {
    return this.moving.isPan(event) || this.moving.isPinch;
  }

  /** A box in the middle of what is in view, for drawing by keyboard. */
  middleBox(): Box {
    const [low, high] = [this.inView(0.375), this.inView(0.625)];
    return boxBetween(low, high, this.size);
  }

  /** The point of the image in the middle of the view. */
  middle(): Point {
    return clampPoint(this.inView(0.5), this.size);
  }

  /** Moves the image just so far that a point of it is in view. */
  reveal({ x, y }: Point): void {
    const margin = 30;
    const view = this.viewSize();
    const { scale } = this.viewport;
    const missing = (at: number, room: number): number =>
      at < margin ? margin - at : at > room - margin ? room - margin - at : 0;
    const dx = missing(this.viewport.x + x * scale, view.width);
    const dy = missing(this.viewport.y + y * scale, view.height);
    if (dx || dy) this.pan(dx, dy);
  }

  /** The keys of the view itself; arrows pan when nothing else takes them. */
  press(key: string): boolean {
    const pans: Record<string, [number, number]> = {
      ArrowLeft: [PAN_STEP, 0],
      ArrowRight: [-PAN_STEP, 0],
      ArrowUp: [0, PAN_STEP],
      ArrowDown: [0, -PAN_STEP],
    };
    const [shift, light] = [pans[key], LIGHT[key]];
    if (shift) this.pan(...shift);
    else if (light) this.adjust(...light);
    else if (key === "f") this.fit();
    else if (key === "+" || key === "=") this.zoom(ZOOM_STEP);
    else if (key === "-") this.zoom(1 / ZOOM_STEP);
    else return false;
    return true;
  }

  /** Space held down turns dragging into moving the image. */
  holdSpace(isDown: boolean): void {
    this.moving.isSpaceDown = isDown;
    this.canvas.classList.toggle("is-panning", isDown);
  }

  private adjust(brightness: number, contrast: number): void {
    const now = this.picture.adjust(brightness, contrast);
    const percent = (value: number): number => Math.round(value * 100);
    this.light.textContent = fill(this.strings.light, {
      brightness: percent(now.brightness),
      contrast: percent(now.contrast),
    });
    this.light.hidden = now.brightness === 1 && now.contrast === 1;
  }

  private toolbar(): HTMLElement {
    const { strings } = this;
    return element(
      "div",
      { class: "stage-tools" },
      iconButton("plus", `${strings.zoom_in} (+)`, () => this.zoom(ZOOM_STEP)),
      iconButton("minus", `${strings.zoom_out} (-)`, () => this.zoom(1 / ZOOM_STEP)),
      iconButton("fit", `${strings.fit} (f)`, () => this.fit()),
      iconButton("sun", `${strings.brighter} (])`, () => this.adjust(1, 0)),
      iconButton("moon", `${strings.darker} ([)`, () => this.adjust(-1, 0)),
      iconButton("contrast", `${strings.more_contrast} (})`, () => this.adjust(0, 1)),
      iconButton("reset", `${strings.light_reset} (\\)`, () => this.adjust(0, 0)),
    );
  }

  private viewSize(): Size {
    return { width: this.element.clientWidth || 1, height: this.element.clientHeight || 1 };
  }

  private inView(share: number): Point {
    const { width, height } = this.viewSize();
    return toImage(this.viewport, { x: width * share, y: height * share });
  }

  private onResize(): void {
    if (this.isFitted) this.fit();
    else this.pan(0, 0);
  }

  private render(): void {
    const { scale, x, y } = this.viewport;
    const view = this.viewSize();
    this.world.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    this.picture.setEnlarged(scale >= 4);
    this.shapes.follow(this.viewport);
    this.grips.place(this.viewport, view);
    this.crosshair.place(this.viewport, view);
    void this.picture.sharpen(scale);
    this.onPlaced();
  }

  /** Told after every change of the view: what keeps its size on the screen moves along. */
  onPlaced: () => void = () => undefined;
}
