/** What can be done to the shapes of an item: drawn, selected, changed; by hand or by keyboard. */

import type { Drawn, Shape, Vertex } from "../core/answer";
import { clampPoint, type Point } from "../core/geometry";
import type { ObjectModel } from "../core/objects";
import { colorOf, type ShapesControl, titleOf, type ToolName } from "../core/schema";
import { GEOMETRIES, geometryOf } from "../geometries/all";
import { holesFit, withHole } from "../geometries/outlines";
import { fill } from "../strings";
import type { ImageSurface } from "../surfaces/image";
import { type Drawing, drawingFor, KeypointDrawing, LineDrawing } from "./drawings";
import { ShapeCopies } from "./shape_copies";
import { ShapePoints } from "./shape_points";
import type { ToolContext } from "./tool";

export interface Placed {
  control: ShapesControl;
  shape: Shape;
}

interface Draft {
  drawing: Drawing;
  control: ShapesControl;
  label: string;
  /** The polygon that gets the ring as a hole. */
  holeOf: string | null;
}

/** A click this near, in pixels of the view, means the first point of a ring. */
const SNAP = 10;
/** How near, in pixels of the view, a click has to be to something thin. */
export const SLACK = 6;

export class ShapeEditing {
  /** The grip that the keyboard works on. */
  chosen: string | null = null;
  /** Where the arrow keys have led, when points are placed without a mouse. */
  cursor: Point | null = null;
  readonly points = new ShapePoints(this);
  readonly copies = new ShapeCopies(this);
  private draft: Draft | null = null;
  private pointer: Point | null = null;
  private listeners: (() => void)[] = [];

  constructor(
    readonly surface: ImageSurface,
    readonly model: ObjectModel,
    readonly context: ToolContext,
  ) {
    model.subscribe(() => this.refresh());
    context.document.subscribe(() => this.refresh());
    context.document.hasUnfinished = () => this.isDrawing;
    surface.onPlaced = () => this.refreshGrips();
  }

  /** Told whenever what can be done has changed. */
  subscribe(listener: () => void): void {
    this.listeners.push(listener);
  }

  get isDrawing(): boolean {
    return this.draft !== null;
  }

  /** Whether keypoints are being placed. */
  get isPlacing(): boolean {
    return this.draft?.drawing instanceof KeypointDrawing;
  }

  get controls(): ShapesControl[] {
    return this.model.controls.filter((control) => control.type === "shapes");
  }

  /** The control that is drawn for, and its tool. */
  get control(): ShapesControl | undefined {
    const { active } = this.model;
    return active?.control.type === "shapes" ? active.control : this.controls[0];
  }

  get tool(): ToolName {
    return this.control ? this.model.tool(this.control) : "box";
  }

  /** The selected shape, if it is one. */
  get selected(): (Placed & { isLocked: boolean }) | null {
    const { current } = this.model;
    if (current?.control.type !== "shapes") return null;
    const { control, object } = current;
    const isLocked = this.model.isLocked(control, object);
    return { control, shape: object as Shape, isLocked };
  }

  chooseTool(tool: ToolName): void {
    if (!this.control) return;
    this.cancel();
    this.model.chooseTool(this.control, tool);
    this.say(this.context.strings[`tool_${tool}`]);
  }

  nextTool(): void {
    const tools = this.control?.tools ?? [];
    const next = tools[(tools.indexOf(this.tool) + 1) % tools.length];
    if (next) this.chooseTool(next);
  }

  /** The shape that a click means: of those under it, the smallest. */
  hit(at: Point, except: string | null = null): string | null {
    const slack = SLACK * this.surface.unit;
    let best: { id: string; area: number } | null = null;
    for (const { control, shape } of this.placed()) {
      if (shape.id === except || this.model.shown.is("hidden", control.name, shape)) continue;
      const geometry = geometryOf(shape);
      const [x, y, width, height] = geometry.bounds(shape);
      const isNear =
        at.x >= x - slack &&
        at.y >= y - slack &&
        at.x <= x + width + slack &&
        at.y <= y + height + slack;
      if (!isNear || !geometry.contains(shape, at, slack)) continue;
      const area = geometry.area(shape);
      // Of two of a size, the later one lies on top.
      if (!best || area <= best.area) best = { id: shape.id, area };
    }
    return best?.id ?? null;
  }

  select(id: string | null): void {
    const found = this.placed().find(({ shape }) => shape.id === id);
    this.chosen = null;
    this.model.select(found ? { control: found.control.name, id: found.shape.id } : null);
  }

  /** The next point of what is being drawn; begins a shape when none is. */
  add(at: Point): void {
    const point = clampPoint(at, this.surface.size);
    this.draft ??= this.begin();
    if (!this.draft) return;
    if (this.draft.drawing.add(point)) this.finish();
    else this.sayProgress();
    this.refresh();
  }

  /** Ends the drawing with what is there, if it is enough. */
  finish(): void {
    const { draft } = this;
    const drawn = draft?.drawing.finish();
    if (!draft || !drawn) return this.say(this.context.strings.too_few_points);
    this.draft = null;
    this.cursor = null;
    if (draft.holeOf !== null) this.addHole(draft.holeOf, drawn.polygon ?? []);
    else this.create(draft.control, draft.label, drawn);
    this.refresh();
  }

  /** Takes back the last point of what is being drawn. */
  back(): boolean {
    if (!this.draft) return false;
    if (!this.draft.drawing.back()) this.draft = null;
    this.refresh();
    return true;
  }

  /** Drops what is being drawn, and the cursor of the keyboard. */
  cancel(): boolean {
    const wasOn = this.draft !== null || this.cursor !== null;
    this.draft = null;
    this.cursor = null;
    this.refresh();
    return wasOn;
  }

  /** Where the pointer is; null when it has left the image. */
  point(at: Point | null): void {
    this.pointer = at;
    if (at && !this.draft) this.surface.shapes.tags.hover(this.hit(at));
    this.refreshDraft();
  }

  /** Shows a change of the selected shape without making it. */
  preview(shape: Shape, changes: Drawn): void {
    const now = { ...shape, ...changes };
    this.surface.shapes.preview(shape.id, now);
    this.showGrips(now);
  }

  change(shape: Shape, changes: Drawn, merge?: string): boolean {
    const placed = this.placed().find((candidate) => candidate.shape.id === shape.id);
    if (!placed || this.model.isLocked(placed.control, placed.shape)) return false;
    const next = { ...shape, ...changes };
    const isUsable = geometryOf(next).isUsable(next, this.surface.size);
    if (isUsable) this.model.update(placed.control, shape.id, changes, merge);
    else {
      const { hole_outside, too_small } = this.context.strings;
      this.say(holesFit(next) ? too_small : hole_outside);
      this.surface.shapes.preview(shape.id, shape);
    }
    this.refresh();
    return isUsable;
  }

  /** A box of ordinary size where the person looks. */
  createInMiddle(): void {
    const draft = this.begin();
    if (draft) this.create(draft.control, draft.label, { box: this.surface.middleBox() });
  }

  /** Puts the cursor of the keyboard on the image. */
  startCursor(): void {
    this.cursor = this.surface.middle();
    this.surface.canvas.focus({ preventScroll: true });
    this.say(this.context.strings.cursor_on);
    this.refreshDraft();
  }

  moveCursor(dx: number, dy: number): void {
    if (!this.cursor) return;
    const to = { x: this.cursor.x + dx, y: this.cursor.y + dy };
    this.cursor = clampPoint(to, this.surface.size);
    this.surface.reveal(this.cursor);
    this.refreshDraft();
  }

  /** The next ring that is drawn becomes a hole of the selected polygon. */
  startHole(): boolean {
    const { selected } = this;
    if (!selected?.shape.polygon || selected.isLocked) return false;
    const drawing = new LineDrawing(this.room, "polygon");
    const { label, id } = selected.shape;
    this.draft = { drawing, control: selected.control, label, holeOf: id };
    this.say(this.context.strings.hole_hint);
    this.refresh();
    return true;
  }

  /** Of the keypoint that is placed next: visible, covered, absent. */
  cyclePlaced(): boolean {
    const { drawing } = this.draft ?? {};
    if (!(drawing instanceof KeypointDrawing)) return false;
    drawing.cycle();
    this.sayProgress();
    this.refreshDraft();
    return true;
  }

  raise(direction: 1 | -1): boolean {
    const { selected } = this;
    if (!selected) return false;
    const { moved_forward, moved_back } = this.context.strings;
    if (this.model.raise(selected.control, selected.shape.id, direction)) {
      this.say(direction > 0 ? moved_forward : moved_back);
    }
    return true;
  }

  /** Shows the draft, the cross-hair and the grips as they are now. */
  refresh(): void {
    this.refreshDraft();
    this.refreshGrips();
    for (const listener of this.listeners) listener();
  }

  private get room(): { size: { width: number; height: number }; reach(): number } {
    return { size: this.surface.size, reach: () => SNAP * this.surface.unit };
  }

  private begin(): Draft | null {
    const { control, model } = this;
    const active = model.active?.control === control ? model.active?.label : undefined;
    const label = active ?? control?.labels[0]?.value;
    if (!control || label === undefined) {
      this.say(this.context.strings.no_labels);
      return null;
    }
    const drawing = drawingFor(this.tool, this.room, control.skeleton);
    return { drawing, control, label, holeOf: null };
  }

  private create(control: ShapesControl, label: string, drawn: Drawn): void {
    const { strings } = this.context;
    const tool = geometryOf(drawn).tool;
    if (!GEOMETRIES[tool].isUsable(drawn, this.surface.size)) return this.say(strings.too_small);
    this.chosen = null;
    this.model.add(control, { label, ...drawn });
    this.say(fill(strings.object_added, { label: titleIn(control, label) }));
  }

  private addHole(id: string, ring: Vertex[]): void {
    const polygon = this.placed().find(({ shape }) => shape.id === id);
    if (polygon) this.change(polygon.shape, withHole(polygon.shape, ring));
  }

  private placed(): Placed[] {
    return this.controls.flatMap((control) =>
      (this.context.document.value(control) ?? []).map((shape) => ({ control, shape })),
    );
  }

  private sayProgress(): void {
    const { drawing } = this.draft ?? {};
    const { strings } = this.context;
    if (drawing instanceof LineDrawing)
      this.say(fill(strings.object_points, { count: drawing.count }));
    if (!(drawing instanceof KeypointDrawing)) return;
    const state = strings[VISIBILITY[drawing.visibility]];
    this.say(fill(strings.keypoint_next, { name: drawing.nextName, state }));
  }

  private refreshDraft(): void {
    const { draft, surface } = this;
    const at = this.cursor ?? this.pointer;
    surface.crosshair.show(at, this.cursor !== null);
    if (!draft) return surface.shapes.draft(null);
    surface.shapes.draft({
      shape: draft.drawing.preview(at),
      skeleton: draft.control.skeleton,
      color: colorOf(draft.control.labels, draft.label),
    });
  }

  refreshGrips(): void {
    this.showGrips(this.selected?.shape ?? null);
  }

  private showGrips(shape: Shape | null): void {
    const { selected, surface } = this;
    const isHidden =
      selected && this.model.shown.is("hidden", selected.control.name, selected.shape);
    if (!shape || !selected || selected.isLocked || isHidden || this.draft) {
      return surface.grips.show([], "", null);
    }
    const color = colorOf(selected.control.labels, shape.label);
    surface.grips.show(geometryOf(shape).grips(shape, surface.unit), color, this.chosen);
  }

  say(sentence: string): void {
    this.context.announce(sentence);
  }
}

export const VISIBILITY = { 0: "point_absent", 1: "point_occluded", 2: "point_visible" } as const;

export function titleIn(control: ShapesControl, value: string): string {
  const label = control.labels.find((candidate) => candidate.value === value);
  return label ? titleOf(label) : value;
}
