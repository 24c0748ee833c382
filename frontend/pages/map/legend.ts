/** What the colours and shapes of a map stand for; a tick less hides those points. */

import { pixelsOf, SHAPES } from "./painting";

const RADIUS = 6;

export interface Group {
  name: string;
  count: number;
}

export class Legend {
  private samples: HTMLCanvasElement[] = [];

  constructor(
    private readonly list: HTMLElement,
    private readonly toggled: (group: number, isShown: boolean) => void,
  ) {}

  show(groups: readonly Group[], colours: readonly number[]): void {
    const format = new Intl.NumberFormat(document.documentElement.lang);
    this.samples = groups.map(() => document.createElement("canvas"));
    const rows = groups.map(({ name, count }, group) => {
      const row = document.createElement("li");
      const label = document.createElement("label");
      const tick = document.createElement("input");
      Object.assign(tick, { type: "checkbox", checked: true, className: "form-check-input" });
      tick.addEventListener("change", () => this.toggled(group, tick.checked));
      const words = document.createElement("bdi");
      words.textContent = name;
      const number = document.createElement("span");
      number.className = "map-legend-count";
      number.textContent = format.format(count);
      label.append(tick, this.samples[group]!, words, number);
      row.append(label);
      row.hidden = !count;
      return row;
    });
    this.list.replaceChildren(...rows);
    this.recolour(colours);
  }

  recolour(colours: readonly number[]): void {
    this.samples.forEach((sample, group) => drawSample(sample, group, colours[group] ?? 0));
  }
}

function drawSample(sample: HTMLCanvasElement, group: number, colour: number): void {
  const side = 2 * RADIUS + 1;
  [sample.width, sample.height] = [side, side];
  sample.setAttribute("aria-hidden", "true");
  const picture = new ImageData(side, side);
  const pixels = new Uint32Array(picture.data.buffer);
  const shape = pixelsOf(SHAPES[group % SHAPES.length]!, RADIUS);
  for (let at = 0; at < shape.length; at += 2) {
    pixels[(shape[at + 1]! + RADIUS) * side + shape[at]! + RADIUS] = colour;
  }
  sample.getContext("2d")?.putImageData(picture, 0, 0);
}
