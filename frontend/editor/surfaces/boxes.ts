/** Boxes over the image, drawn in view pixels so that lines and handles keep their size. */

import type { Box } from "../core/answer";
import { type Handle, handlePoint, HANDLES } from "../core/geometry";
import type { Viewport } from "../core/viewport";
import { setAttributes, svg } from "../dom";

export interface BoxMark {
  id: string;
  box: Box;
  rotation?: number | undefined;
  color: string;
  label: string;
  isSelected?: boolean;
  isEditable?: boolean;
  isDashed?: boolean;
}

const HANDLE_SIZE = 9;
const TAG_HEIGHT = 18;

export class BoxLayer {
  readonly element = svg("g", { class: "boxes" });
  private marks: BoxMark[] = [];
  private rubber: { box: Box; color: string } | null = null;
  private viewport: Viewport = { scale: 1, x: 0, y: 0 };

  show(marks: BoxMark[]): void {
    this.marks = marks;
    this.render();
  }

  /** The box while it is being drawn. */
  stretch(rubber: { box: Box; color: string } | null): void {
    this.rubber = rubber;
    this.render();
  }

  /** A box in its place of the moment, while a drag is on. */
  preview(id: string, box: Box): void {
    this.marks = this.marks.map((mark) => (mark.id === id ? { ...mark, box } : mark));
    this.render();
  }

  place(viewport: Viewport): void {
    this.viewport = viewport;
    this.render();
  }

  private render(): void {
    // The selected box comes last, so that nothing lies over its handles.
    const ordered = [...this.marks].sort((a, b) => Number(!!a.isSelected) - Number(!!b.isSelected));
    const shapes: SVGElement[] = ordered.map((mark) => this.drawn(mark));
    if (this.rubber) shapes.push(this.outline(this.rubber.box, "box-rubber", this.rubber.color));
    this.element.replaceChildren(...shapes);
  }

  private drawn(mark: BoxMark): SVGGElement {
    const { x, y, width, height } = this.inView(mark.box);
    const group = svg("g", { class: "box-mark", "data-id": mark.id });
    if (mark.rotation) {
      const middle = `${x + width / 2} ${y + height / 2}`;
      group.setAttribute("transform", `rotate(${mark.rotation} ${middle})`);
    }
    group.classList.toggle("is-selected", mark.isSelected === true);
    group.classList.toggle("is-dashed", mark.isDashed === true);
    group.append(this.outline(mark.box, "box-halo"), this.outline(mark.box, "box", mark.color));
    group.append(...tag(mark, x, y));
    if (mark.isSelected && mark.isEditable && !mark.rotation) group.append(...this.handles(mark));
    return group;
  }

  private outline(box: Box, name: string, color?: string): SVGElement {
    const rect = svg("rect", { class: name, ...this.inView(box) });
    if (color) {
      rect.style.stroke = color;
      rect.style.fill = color;
    }
    return rect;
  }

  private handles(mark: BoxMark): SVGElement[] {
    const { scale, x, y } = this.viewport;
    return HANDLES.map((handle: Handle) => {
      const point = handlePoint(mark.box, handle);
      const rect = svg("rect", { class: "box-handle", "data-handle": handle });
      setAttributes(rect, {
        x: x + point.x * scale - HANDLE_SIZE / 2,
        y: y + point.y * scale - HANDLE_SIZE / 2,
        width: HANDLE_SIZE,
        height: HANDLE_SIZE,
      });
      rect.style.stroke = mark.color;
      return rect;
    });
  }

  private inView(box: Box): { x: number; y: number; width: number; height: number } {
    const { scale, x, y } = this.viewport;
    return {
      x: x + box[0] * scale,
      y: y + box[1] * scale,
      width: Math.max(box[2] * scale, 1),
      height: Math.max(box[3] * scale, 1),
    };
  }
}

function tag(mark: BoxMark, x: number, y: number): SVGElement[] {
  const isInside = y < TAG_HEIGHT;
  const top = isInside ? y : y - TAG_HEIGHT;
  const text = svg("text", { class: "box-tag", x: x + 5, y: top + 13 });
  text.textContent = mark.label;
  // Widths are estimated: measuring text forces a layout for every box on every frame.
  const width = [...mark.label].reduce((sum, char) => sum + (char > "\u2e80" ? 12 : 6.8), 10);
  const ground = svg("rect", { class: "box-tag-ground", x, y: top, width, height: TAG_HEIGHT });
  ground.style.fill = mark.color;
  text.style.fill = inkOn(mark.color);
  return [ground, text];
}

/** Black or white, whichever reads better on the colour. */
export function inkOn(color: string): string {
  const channels = /^#?([\da-f]{2})([\da-f]{2})([\da-f]{2})/iu.exec(color);
  const [r, g, b] = (channels?.slice(1) ?? ["0", "0", "0"]).map((part) => {
    const share = Number.parseInt(part, 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
  return luminance > 0.179 ? "#000" : "#fff";
}
