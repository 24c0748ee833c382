/** The panel of a shapes control, and what it shows on the image. */

import type { Shape } from "../core/answer";
import type { ObjectModel } from "../core/objects";
import { colorOf, type ShapesControl } from "../core/schema";
import { geometryOf } from "../geometries/all";
import type { Strings } from "../strings";
import type { ShapeMark } from "../surfaces/shapes";
import { Palette } from "./palette";
import { titleIn } from "./shape_editing";
import type { Tool, ToolContext } from "./tool";

export class ShapesTool implements Tool {
  private readonly palette: Palette;
  private marked = new Map<string, ShapeMark>();

  constructor(
    readonly control: ShapesControl,
    private readonly model: ObjectModel,
    private readonly context: ToolContext,
  ) {
    const describe = (object: Shape): string =>
      geometryOf(object).describe(object, context.strings);
    const hint = this.hint(context.strings);
    this.palette = new Palette(control, model, context, hint, (object) =>
      describe(object as Shape),
    );
  }

  get element(): HTMLElement {
    return this.palette.element;
  }

  update(): void {
    this.palette.setHint(this.hint(this.context.strings));
    this.palette.update();
  }

  choose(value: string | number): void {
    this.palette.choose(value);
  }

  /** What is to be seen, from the back to the front; a shape that did not change keeps its mark. */
  marks(): ShapeMark[] {
    const { control, model, context } = this;
    const shapes = (context.document.value(control) ?? []).filter(
      (shape) => !model.shown.is("hidden", control.name, shape),
    );
    const marks = shapes.map((shape) => this.mark(shape));
    this.marked = new Map(marks.map((mark) => [mark.id, mark]));
    return marks;
  }

  private mark(shape: Shape): ShapeMark {
    const isSelected = this.model.selected?.id === shape.id;
    const known = this.marked.get(shape.id);
    if (known?.shape === shape && known.isSelected === isSelected) return known;
    return {
      id: shape.id,
      shape,
      skeleton: this.control.skeleton,
      color: colorOf(this.control.labels, shape.label),
      label: titleIn(this.control, shape.label),
      isSelected,
    };
  }

  private hint(strings: Strings): string {
    if (this.control.labels.length === 0) return strings.no_labels;
    return strings[`${this.model.tool(this.control)}_hint`];
  }
}
