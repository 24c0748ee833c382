/**
 * [data-item-map]: the map of a project's items. It is moved, zoomed and chosen from by mouse, touch
 * and keys; what is under the pointer is shown beside it. Its words are in the page.
 */

import { type Camera, moved, onMap, onScreen, type Size, whole, zoomed } from "./map/camera";
import { Legend } from "./map/legend";
import { packed, paint, radiusAt } from "./map/painting";
import { Points } from "./map/points";

const REACH = 8;
const LOOK_AFTER = 120;
const KEY_STEP = 60;
const KEY_ZOOM = 1.4;
const LOOP_STEP = 4;
const COLOURS = 9;

interface Colouring {
  groups: { name: string; count: number }[];
  codes: number[];
}

class ItemMap {
  private points = new Points(new Float32Array());
  private camera: Camera = whole({ width: 1, height: 1 });
  private size: Size = { width: 1, height: 1 };
  private ratio = 1;
  private picture = new ImageData(1, 1);
  private colours: number[] = [];
  /** The loop that is being drawn, or was: pairs of map coordinates. */
  private loop: number[] = [];
  private pointers = new Map<number, [number, number]>();
  private isLooping = false;
  private isDragged = false;
  private isWaitingForFrame = false;
  private lookTimer = 0;
  private looked: number | null = null;
  private readonly glances = new Map<number, string>();
  private readonly canvas: HTMLCanvasElement;
  private readonly context: CanvasRenderingContext2D;
  private readonly legend: Legend;

  constructor(private readonly root: HTMLElement) {
    this.canvas = this.find("canvas");
    this.context = this.canvas.getContext("2d")!;
    this.legend = new Legend(this.find("[data-map-legend]"), (group, isShown) => {
      this.points.show(group, isShown);
      this.choose([]);
    });
  }

  async start(): Promise<void> {
    const [places, colouring] = await Promise.all([
      fetched(this.root.dataset["points"]).then((answer) => answer.arrayBuffer()),
      fetched(this.root.dataset["colours"]).then((answer) => answer.json() as Promise<Colouring>),
    ]);
    this.points = new Points(new Float32Array(places));
    this.points.groups = Uint8Array.from(colouring.codes);
    this.readColours(colouring.groups.length);
    this.legend.show(colouring.groups, this.colours);
    this.listen();
    this.fit();
    this.camera = whole(this.size);
    this.root.dataset["state"] = "ready";
    this.draw();
  }

  private listen(): void {
    new ResizeObserver(() => this.fit()).observe(this.canvas);
    new MutationObserver(() => this.recolour()).observe(document.documentElement, {
      attributeFilter: ["data-bs-theme"],
    });
    this.canvas.addEventListener("pointerdown", (event) => this.press(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    this.canvas.addEventListener("pointerup", (event) => this.release(event));
    this.canvas.addEventListener("pointercancel", (event) => this.release(event));
    this.canvas.addEventListener("pointerleave", () => this.look(null));
    this.canvas.addEventListener("wheel", (event) => this.roll(event), { passive: false });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("click", (event) => {
      const button = event.target instanceof Element && event.target.closest("[data-map-do]");
      if (button instanceof HTMLElement) this.act(button.dataset["mapDo"] ?? "");
    });
  }

  private act(name: string): void {
    const middle: [number, number] = [this.size.width / 2, this.size.height / 2];
    if (name === "larger") this.camera = zoomed(this.camera, this.size, KEY_ZOOM, middle);
    else if (name === "smaller") this.camera = zoomed(this.camera, this.size, 1 / KEY_ZOOM, middle);
    else if (name === "whole") this.camera = whole(this.size);
    else if (name === "loop" || name === "hand") this.setLooping(name === "loop");
    else if (name === "view") this.choose(this.points.inView(this.camera, this.size));
    else if (name === "none") this.choose([]);
    this.draw();
  }

  private setLooping(isLooping: boolean): void {
    this.isLooping = isLooping;
    this.root.classList.toggle("is-looping", isLooping);
    for (const name of ["loop", "hand"]) {
      const isOn = (name === "loop") === isLooping;
      this.find(`[data-map-do=${name}]`).setAttribute("aria-pressed", String(isOn));
    }
  }

  private press(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.place(event));
    this.isDragged = false;
    const isLoop = this.pointers.size === 1 && (this.isLooping || event.shiftKey);
    this.loop = isLoop ? onMap(this.camera, this.size, ...this.place(event)) : [];
  }

  private move(event: PointerEvent): void {
    const before = this.pointers.get(event.pointerId);
    const now = this.place(event);
    if (!before) {
      this.look(this.points.at(this.camera, this.size, ...now, REACH * this.ratio));
      return;
    }
    const [right, down] = [now[0] - before[0], now[1] - before[1]];
    if (Math.hypot(right, down) < (this.isDragged ? 1 : LOOP_STEP)) return;
    this.isDragged = true;
    if (this.pointers.size === 2) this.pinch(event.pointerId, before, now);
    else if (this.loop.length) this.loop.push(...onMap(this.camera, this.size, ...now));
    else this.camera = moved(this.camera, right, down);
    this.pointers.set(event.pointerId, now);
    this.draw();
  }

  private pinch(pointer: number, before: [number, number], now: [number, number]): void {
    this.loop = [];
    const other = [...this.pointers].find(([id]) => id !== pointer)?.[1] ?? now;
    const factor = gap(now, other) / Math.max(1, gap(before, other));
    const middle: [number, number] = [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2];
    this.camera = zoomed(this.camera, this.size, factor, middle);
    this.camera = moved(this.camera, (now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
  }

  private release(event: PointerEvent): void {
    if (!this.pointers.delete(event.pointerId)) return;
    if (this.loop.length > 4) this.choose(this.points.within(this.loop), this.loop);
    else if (!this.isDragged && event.type === "pointerup") {
      const now = this.place(event);
      this.look(this.points.at(this.camera, this.size, ...now, 2 * REACH * this.ratio));
    }
    if (this.loop.length <= 4) this.loop = [];
    this.draw();
  }

  private roll(event: WheelEvent): void {
    event.preventDefault();
    const factor = Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.03 : 0.0015));
    this.camera = zoomed(this.camera, this.size, factor, this.place(event));
    this.draw();
  }

  private key(event: KeyboardEvent): void {
    const step = KEY_STEP * this.ratio;
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [step, 0],
      ArrowRight: [-step, 0],
      ArrowUp: [0, step],
      ArrowDown: [0, -step],
    };
    const acts: Record<string, string> = { "+": "larger", "=": "larger", "-": "smaller" };
    Object.assign(acts, { "0": "whole", Escape: "none", Enter: "view" });
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = moves[event.key];
    if (by) this.camera = moved(this.camera, ...by);
    else if (acts[event.key]) this.act(acts[event.key]!);
    else return;
    event.preventDefault();
    this.draw();
  }

  private choose(chosen: number[], loop: number[] = []): void {
    this.loop = loop;
    const form = this.find<HTMLFormElement>("[data-map-chosen]");
    form.hidden = !chosen.length;
    const words = form.dataset["textChosen"] ?? "";
    const count = new Intl.NumberFormat(document.documentElement.lang).format(chosen.length);
    this.find("[data-map-count]").textContent = chosen.length
      ? words.replace("{count}", count)
      : "";
    this.find<HTMLInputElement>("[name=places]").value = chosen.join(",");
    this.draw();
  }

  /** Shows what is at a point, after the pointer has rested there for a moment. */
  private look(point: number | null): void {
    if (point === this.looked) return;
    window.clearTimeout(this.lookTimer);
    this.looked = point;
    this.draw();
    if (point === null) return;
    this.lookTimer = window.setTimeout(() => void this.glance(point), LOOK_AFTER);
  }

  private async glance(point: number): Promise<void> {
    if (!this.glances.has(point)) {
      const answer = await fetch(`${this.root.dataset["item"]}&place=${point}`);
      if (!answer.ok) return;
      this.glances.set(point, await answer.text());
    }
    // The server's own fragment. The pointer may have gone on meanwhile.
    if (this.looked === point) this.find("[data-map-item]").innerHTML = this.glances.get(point)!;
  }

  private place(event: MouseEvent): [number, number] {
    const frame = this.canvas.getBoundingClientRect();
    return [(event.clientX - frame.left) * this.ratio, (event.clientY - frame.top) * this.ratio];
  }

  private fit(): void {
    const frame = this.canvas.getBoundingClientRect();
    this.ratio = Math.min(window.devicePixelRatio || 1, 2);
    const width = Math.max(1, Math.round(frame.width * this.ratio));
    const height = Math.max(1, Math.round(frame.height * this.ratio));
    if (width === this.size.width && height === this.size.height) return;
    const times = whole({ width, height }).scale / whole(this.size).scale;
    this.camera = { ...this.camera, scale: this.camera.scale * times };
    this.size = { width, height };
    [this.canvas.width, this.canvas.height] = [width, height];
    this.picture = this.context.createImageData(width, height);
    this.draw();
  }

  private readColours(count: number): void {
    const style = getComputedStyle(this.root);
    const colour = (number: number): number => packed(style.getPropertyValue(`--map-${number}`));
    // The last group is that of all others, in grey.
    this.colours = Array.from({ length: count }, (_empty, group) =>
      colour(group === count - 1 && count > 2 ? COLOURS : (group % (COLOURS - 1)) + 1),
    );
  }

  private recolour(): void {
    this.readColours(this.colours.length);
    this.legend.recolour(this.colours);
    this.draw();
  }

  /** Draws before the next frame, however often it is asked for until then. */
  private draw(): void {
    if (this.isWaitingForFrame) return;
    this.isWaitingForFrame = true;
    requestAnimationFrame(() => {
      this.isWaitingForFrame = false;
      this.drawNow();
    });
  }

  private drawNow(): void {
    const pixels = new Uint32Array(this.picture.data.buffer);
    const radius = radiusAt(this.camera, this.size, this.ratio, this.points.count);
    paint(pixels, this.size, this.camera, this.points, this.colours, radius);
    this.context.putImageData(this.picture, 0, 0);
    const style = getComputedStyle(this.root);
    this.context.strokeStyle = style.getPropertyValue("--ink");
    this.context.lineWidth = 1.5 * this.ratio;
    this.drawLoop();
    if (this.looked !== null) this.drawRing(this.looked, radius);
  }

  private drawLoop(): void {
    if (!this.loop.length) return;
    this.context.beginPath();
    for (let at = 0; at < this.loop.length; at += 2) {
      const [x, y] = [this.loop[at]!, this.loop[at + 1]!];
      this.context.lineTo(...onScreen(this.camera, this.size, x, y));
    }
    this.context.closePath();
    this.context.setLineDash([6 * this.ratio, 4 * this.ratio]);
    this.context.stroke();
    this.context.setLineDash([]);
  }

  private drawRing(point: number, radius: number): void {
    const [x, y] = [this.points.places[2 * point]!, this.points.places[2 * point + 1]!];
    this.context.beginPath();
    const [right, down] = onScreen(this.camera, this.size, x, y);
    this.context.arc(right, down, radius + 4 * this.ratio, 0, 2 * Math.PI);
    this.context.stroke();
  }

  private find<T extends HTMLElement = HTMLElement>(selector: string): T {
    const found = this.root.querySelector<T>(selector);
    if (!found) throw new Error(`The map has no ${selector}.`);
    return found;
  }
}

async function fetched(address: string | undefined): Promise<Response> {
  const answer = await fetch(address ?? "");
  if (!answer.ok) throw new Error(`The map was refused: ${answer.status}`);
  return answer;
}

function gap(one: [number, number], other: [number, number]): number {
  return Math.hypot(one[0] - other[0], one[1] - other[1]);
}

document.querySelectorAll<HTMLElement>("[data-item-map]").forEach((root) => {
  new ItemMap(root).start().catch(() => (root.dataset["state"] = "failed"));
});
