/** Copies of shapes: within the image, and from one image to the next. */

import type { Shape } from "../core/answer";
import { copiedShape, copyShape } from "../core/clipboard";
import type { ShapesControl } from "../core/schema";
import { geometryOf } from "../geometries/all";
import { fill } from "../strings";
import { type ShapeEditing, titleIn } from "./shape_editing";

const COPY_SHIFT = 12;

export class ShapeCopies {
  constructor(private readonly editing: ShapeEditing) {}

  copy(): boolean {
    const { selected } = this.editing;
    if (!selected) return false;
    copyShape(selected.control.name, selected.shape);
    this.editing.say(this.editing.context.strings.copied);
    return true;
  }

  paste(): boolean {
    const copied = copiedShape();
    const control = this.editing.controls.find(({ name }) => name === copied?.control);
    const isKnown = control?.labels.some(({ value }) => value === copied?.shape.label);
    if (!copied || !control || !isKnown || !this.fits(control, copied.shape)) return false;
    this.insert(control, copied.shape, 0);
    return true;
  }

  duplicate(): boolean {
    const { selected } = this.editing;
    if (!selected) return false;
    this.insert(selected.control, selected.shape, COPY_SHIFT * this.editing.surface.unit);
    return true;
  }

  /** A copy, moved a little, on top of the others. */
  private insert(control: ShapesControl, shape: Shape, shift: number): void {
    const geometry = geometryOf(shape);
    const { id: _, ...rest } = shape;
    const moved = { ...rest, ...geometry.moved(shape, shift, shift, this.editing.surface.size) };
    if (!geometry.isUsable(moved, this.editing.surface.size))
      return this.editing.say(this.editing.context.strings.too_small);
    this.editing.model.add(control, structuredClone(moved));
    const label = titleIn(control, shape.label);
    this.editing.say(fill(this.editing.context.strings.object_added, { label }));
  }

  /** Whether a copied shape can be of this control and on this image. */
  private fits(control: ShapesControl, shape: Shape): boolean {
    const { tool, bounds } = geometryOf(shape);
    const [, , width, height] = bounds(shape);
    const isLarge =
      width > this.editing.surface.size.width || height > this.editing.surface.size.height;
    const isOther = shape.keypoints?.length !== control.skeleton?.names.length;
    return (control.tools ?? ["box"]).includes(tool) && !isLarge && !(shape.keypoints && isOther);
  }
}
