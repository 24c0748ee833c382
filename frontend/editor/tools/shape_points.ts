/** What the keyboard does to the selected shape and to its points. */

import type { Vertex } from "../core/answer";
import { turnedBy } from "../geometries/box";
import { geometryOf } from "../geometries/all";
import { withNextState } from "../geometries/keypoints";
import {
  gripName,
  isOutline,
  placeOf,
  withoutVertex,
  withVertexAfter,
} from "../geometries/outlines";
import { fill } from "../strings";
import { type ShapeEditing, VISIBILITY } from "./shape_editing";

export class ShapePoints {
  constructor(private readonly editing: ShapeEditing) {}

  removeChosen(): boolean {
    const { selected } = this.editing;
    const place = this.editing.chosen === null ? null : placeOf(this.editing.chosen);
    if (!selected || !place || !isOutline(selected.shape)) return false;
    const left = withoutVertex(selected.shape, place);
    this.editing.chosen = null;
    if (left) this.editing.change(selected.shape, left);
    this.editing.say(
      left
        ? this.editing.context.strings.object_removed
        : this.editing.context.strings.too_few_points,
    );
    return true;
  }

  insertPoint(): boolean {
    const { selected } = this.editing;
    const place = this.editing.chosen === null ? null : placeOf(this.editing.chosen);
    const next = selected && place ? withVertexAfter(selected.shape, place) : null;
    if (!selected || !place || !next || !this.editing.change(selected.shape, next)) return false;
    this.editing.chosen = gripName({ row: place.row, index: place.index + 1 });
    this.editing.refreshGrips();
    return true;
  }

  /** Goes to the next point of the selected shape, or the one before. */
  stepPoint(direction: 1 | -1): boolean {
    const { selected } = this.editing;
    if (!selected) return false;
    const grips = geometryOf(selected.shape)
      .grips(selected.shape, this.editing.surface.unit)
      .filter(({ kind }) => kind === "point");
    const at = grips.findIndex(({ name }) => name === this.editing.chosen);
    const from = at < 0 && direction < 0 ? 0 : at;
    const grip = grips[(from + direction + grips.length) % grips.length];
    if (!grip) return false;
    this.editing.chosen = grip.name;
    this.editing.surface.reveal(grip);
    this.editing.refreshGrips();
    const index = placeOf(grip.name)?.index ?? 0;
    const names = selected.shape.keypoints ? selected.control.skeleton?.names : undefined;
    const name = names?.[index] ?? String(index + 1);
    this.editing.say(
      fill(this.editing.context.strings.point_chosen, { name, count: grips.length }),
    );
    return true;
  }

  /** Moves the chosen point, or the whole shape. */
  nudge(dx: number, dy: number): boolean {
    const { selected } = this.editing;
    if (!selected) return false;
    const { shape } = selected;
    const geometry = geometryOf(shape);
    const { size, unit } = this.editing.surface;
    const grip = geometry.grips(shape, unit).find(({ name }) => name === this.editing.chosen);
    const changes = grip
      ? geometry.dragged(shape, grip.name, { x: grip.x + dx, y: grip.y + dy }, size)
      : geometry.moved(shape, dx, dy, size);
    this.editing.change(shape, changes, `nudge ${shape.id} ${this.editing.chosen ?? ""}`);
    return true;
  }

  turn(degrees: number): boolean {
    const { selected } = this.editing;
    if (!selected?.shape.box) return false;
    const { shape } = selected;
    this.editing.change(
      shape,
      turnedBy(shape, degrees, this.editing.surface.size),
      `turn ${shape.id}`,
    );
    return true;
  }

  /** Visible, covered, absent: of the next point while drawing, else of the chosen one. */
  cycleState(): boolean {
    const { editing } = this;
    if (editing.cyclePlaced()) return true;
    const { selected, chosen, surface, context } = editing;
    const index = chosen === null ? -1 : (placeOf(chosen)?.index ?? -1);
    if (!selected?.shape.keypoints || index < 0) return false;
    const { x, y } = surface.middle();
    const fallback: Vertex = [Math.round(x), Math.round(y)];
    const next = withNextState(selected.shape, index, fallback);
    this.editing.change(selected.shape, next);
    this.editing.say(context.strings[VISIBILITY[next.keypoints?.[index]?.[2] ?? 0]]);
    return true;
  }
}
