/** The names of shapes, in pixels of the view: of all when they are few, else of those that matter. */

import type { Viewport } from "../core/viewport";
import { setAttributes, svg } from "../dom";
import { geometryOf } from "../geometries/all";
import { inkOn } from "./colors";
import type { ShapeMark } from "./shapes";

/** With more shapes on the image, only the selected one and the one under the pointer have tags. */
const ALL_UP_TO = 60;
const HEIGHT = 18;

interface Tag {
  mark: ShapeMark;
  group: SVGGElement;
  ground: SVGRectElement;
  text: SVGTextElement;
}

export class TagLayer {
  readonly element = svg("g", { class: "shape-tags" });
  private marks: ShapeMark[] = [];
  private tags = new Map<string, Tag>();
  private hovered: string | null = null;
  private viewport: Viewport = { scale: 1, x: 0, y: 0 };

  show(marks: ShapeMark[]): void {
    this.marks = marks;
    this.render();
  }

  hover(id: string | null): void {
    if (id === this.hovered) return;
    this.hovered = id;
    if (this.marks.length > ALL_UP_TO) this.render();
  }

  move(mark: ShapeMark): void {
    const tag = this.tags.get(mark.id);
    if (!tag) return;
    tag.mark = mark;
    this.put(tag);
  }

  follow(viewport: Viewport): void {
    this.viewport = viewport;
    for (const tag of this.tags.values()) this.put(tag);
  }

  private render(): void {
    const isAll = this.marks.length <= ALL_UP_TO;
    const wanted = this.marks.filter(
      ({ id, isSelected }) => isAll || isSelected === true || id === this.hovered,
    );
    const kept = new Map<string, Tag>();
    for (const mark of wanted) {
      const known = this.tags.get(mark.id);
      const isSame = known?.mark.label === mark.label && known.mark.color === mark.color;
      const tag = known && isSame ? known : newTag(mark);
      tag.mark = mark;
      kept.set(mark.id, tag);
      this.put(tag);
      if (tag !== known) this.element.append(tag.group);
    }
    for (const [id, tag] of this.tags) if (kept.get(id) !== tag) tag.group.remove();
    this.tags = kept;
  }

  private put({ mark, ground, text }: Tag): void {
    const anchor = geometryOf(mark.shape).anchor(mark.shape);
    const x = this.viewport.x + anchor.x * this.viewport.scale;
    const y = this.viewport.y + anchor.y * this.viewport.scale;
    // Above the shape, or inside it at the upper edge of the view.
    const upper = y < HEIGHT ? y : y - HEIGHT;
    // Places as attributes: a transform for each name would cost a layer's bookkeeping each.
    setAttributes(ground, { x, y: upper });
    setAttributes(text, { x: x + 5, y: upper + 13 });
  }
}

function newTag(mark: ShapeMark): Tag {
  const { label, color } = mark;
  const text = svg("text", { class: "shape-tag", fill: inkOn(color) });
  text.textContent = label;
  // Widths are estimated: measuring text forces a layout for every tag.
  const width = [...label].reduce((sum, char) => sum + (char > "\u2e80" ? 12 : 7.4), 10);
  const ground = svg("rect", { class: "shape-tag-ground", width, height: HEIGHT, fill: color });
  return { mark, group: svg("g", {}, ground, text), ground, text };
}
