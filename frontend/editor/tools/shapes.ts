/** Boxes: drawn by drag or by two clicks, moved, resized, relabelled; all by keyboard too. */

import type { Box, Shape } from "../core/answer";
import { boxBetween, grown, isBigEnough, moved } from "../core/geometry";
import type { ObjectModel } from "../core/objects";
import { colorOf, type ShapesControl, titleOf } from "../core/schema";
import type { BoxMark } from "../surfaces/boxes";
import type { ImageSurface } from "../surfaces/image";
import { fill } from "../strings";
import { BoxGestures } from "./gestures";
import { Palette } from "./palette";
import type { Tool, ToolContext } from "./tool";

export class ShapesTool implements Tool {
  private readonly palette: Palette;

  constructor(
    readonly control: ShapesControl,
    private readonly model: ObjectModel,
    private readonly context: ToolContext,
  ) {
    const size = (object: object): string => {
      const [, , width, height] = (object as Shape).box.map(Math.round);
      return fill(context.strings.object_box, { width: width ?? 0, height: height ?? 0 });
    };
    this.palette = new Palette(control, model, context, context.strings.box_hint, size);
  }

  get element(): HTMLElement {
    return this.palette.element;
  }

  update(): void {
    this.palette.update();
  }

  choose(value: string | number): void {
    this.palette.choose(value);
  }

  marks(): BoxMark[] {
    const { control, model, context } = this;
    return (context.document.value(control) ?? []).map((shape) => ({
      id: shape.id,
      box: shape.box,
      rotation: shape.rotation,
      color: colorOf(control.labels, shape.label),
      label: labelTitle(control, shape.label),
      isSelected: model.selected?.id === shape.id,
      isEditable: context.isEditable,
    }));
  }
}

function labelTitle(control: ShapesControl, value: string): string {
  const label = control.labels.find((candidate) => candidate.value === value);
  return label ? titleOf(label) : value;
}

/** What the pointer and the arrow keys do to the boxes of all shapes controls. */
export class BoxEditing {
  private readonly gestures: BoxGestures;

  constructor(
    private readonly surface: ImageSurface,
    private readonly model: ObjectModel,
    private readonly context: ToolContext,
  ) {
    this.gestures = new BoxGestures(surface, {
      boxes: () => this.boxes(),
      selectedId: () => model.selected?.id ?? null,
      color: () => this.activeColor(),
      create: (box) => this.create(box),
      update: (id, box) => this.update(id, box),
      select: (id) => this.select(id),
    });
  }

  /** Arrows nudge, with Shift they grow; `b` adds a box, Escape lets go. */
  press(event: KeyboardEvent, key: string): boolean {
    if (key === "Escape") return this.gestures.cancel() || this.letGo();
    if (key === "b") return this.createInMiddle();
    const shift = ARROWS[key];
    const { current } = this.model;
    if (!shift || !current || !("box" in current.object)) return false;
    const step = event.altKey ? 1 : Math.max(1, Math.round(2 / this.surface.viewport.scale));
    const change = event.shiftKey ? grown : moved;
    const { id, box } = current.object;
    const next = change(box, shift[0] * step, shift[1] * step, this.surface.size);
    this.model.update(current.control, id, { box: next }, `nudge ${id}`);
    return true;
  }

  private createInMiddle(): boolean {
    const [x, y, width, height] = this.surface.middleBox();
    this.create(boxBetween({ x, y }, { x: x + width, y: y + height }, this.surface.size));
    return true;
  }

  private create(box: Box): void {
    const { active } = this.model;
    const control = active?.control.type === "shapes" ? active.control : this.firstControl();
    const label = active?.control === control ? active?.label : control?.labels[0]?.value;
    if (!control || label === undefined) return;
    if (!isBigEnough(box, this.surface.size)) {
      this.context.announce(this.context.strings.too_small);
      return;
    }
    this.model.add(control, { label, box });
    const sentence = this.context.strings.object_added;
    this.context.announce(fill(sentence, { label: labelTitle(control, label) }));
  }

  private update(id: string, box: Box): void {
    const control = this.controlOf(id);
    if (!control) return;
    if (isBigEnough(box, this.surface.size)) this.model.update(control, id, { box });
    else this.model.select(this.model.selected);
  }

  private select(id: string | null): void {
    const control = id === null ? undefined : this.controlOf(id);
    this.model.select(control && id !== null ? { control: control.name, id } : null);
  }

  private letGo(): boolean {
    const had = this.model.selected !== null;
    if (had) this.model.select(null);
    return had;
  }

  private boxes(): { id: string; box: Box }[] {
    return this.controls().flatMap((control) => this.context.document.value(control) ?? []);
  }

  private controls(): ShapesControl[] {
    return this.model.controls.filter((control) => control.type === "shapes");
  }

  private firstControl(): ShapesControl | undefined {
    return this.controls()[0];
  }

  private controlOf(id: string): ShapesControl | undefined {
    return this.controls().find((control) =>
      this.context.document.value(control)?.some((shape) => shape.id === id),
    );
  }

  private activeColor(): string {
    const { active } = this.model;
    return active ? colorOf(active.control.labels, active.label) : "#1c7ed6";
  }
}

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
