/** The marks of answers on their item: each in its colour, or by what it changes of another. */

import { type Answer, type Drawn, type Shape, type Span, valueOf } from "../core/answer";
import type { CodePoints } from "../core/codepoints";
import { colorAt, colorOf, type LabelSchema } from "../core/schema";
import { geometryOf } from "../geometries/all";
import type { TextMark } from "../surfaces/segments";
import type { ShapeMark } from "../surfaces/shapes";
import { type Compared, LOOKS, type Role } from "./marks";
import { titleIn } from "./summary";

export interface NamedAnswer {
  name: string;
  answer: Answer | null;
}

/** How one answer is drawn. */
export interface Drawing {
  named: NamedAnswer;
  index: number;
  /** The only answer there is: in the colours of the classes, without its name. */
  isAlone: boolean;
  base: Answer | null;
  compared: Compared | null;
}

/** The one object that a person is asked about. */
export type PointedObject = Shape | Span;
/** One that somebody marked as wrong, and how. */
export interface MarkedObject {
  object: PointedObject;
  said: string;
}
const MARKED = { color: "#c2255c", isSelected: true };
const POINTED = { color: "#1971c2", label: "?", isSelected: true };

interface Look {
  color: string;
  sign: string;
  isDashed: boolean;
}

/** Changes of place smaller than this, in pixels of the image, need no arrow. */
const LEAST_ARROW = 12;

export function shapeMarks(schema: LabelSchema, drawing: Drawing): ShapeMark[] {
  const { named, index, base, compared } = drawing;
  return schema.controls.flatMap((control) => {
    if (control.type !== "shapes") return [];
    const mark = (shape: Shape, look: Look, id: string): ShapeMark => ({
      id: `${index} ${id}`,
      shape,
      skeleton: control.skeleton,
      color: look.color,
      label: tagged(drawing, look, titleIn(control.labels, shape.label)),
      isDashed: look.isDashed,
    });
    const own = valueOf(named.answer ?? {}, control) ?? [];
    const former = (base && valueOf(base, control)) ?? [];
    const color = (label: string): string => colorOf(control.labels, label);
    const marks = own.map((shape) =>
      mark(shape, lookOf(drawing, control.name, shape, color), shape.id),
    );
    if (!compared) return marks;
    const ghosts = former.flatMap((shape) => {
      const role = compared.baseRole(control.name, shape.id);
      return role ? [mark(shape, LOOKS[role], `base ${shape.id}`)] : [];
    });
    const arrows = compared.moves
      .filter((move) => move.control === control.name)
      .flatMap(({ from, to }) => {
        const ends = [byId(former, from), byId(own, to)] as const;
        return ends[0] && ends[1] ? arrow(ends[0], ends[1], `${index} arrow ${to}`) : [];
      });
    return [...ghosts, ...marks, ...arrows];
  });
}

export function spanMarks(schema: LabelSchema, points: CodePoints, drawing: Drawing): TextMark[] {
  const { named, index, base, compared } = drawing;
  return schema.controls.flatMap((control) => {
    if (control.type !== "spans") return [];
    const mark = (span: Span, look: Look, id: string): TextMark => ({
      id: `${index} ${id}`,
      start: points.toUnits(span.start),
      end: points.toUnits(span.end),
      color: look.color,
      label: tagged(drawing, look, titleIn(control.labels, span.label)),
    });
    const own = valueOf(named.answer ?? {}, control) ?? [];
    const color = (label: string): string => colorOf(control.labels, label);
    const marks = own.map((span) =>
      mark(span, lookOf(drawing, control.name, span, color), span.id),
    );
    const former = (base && compared && valueOf(base, control)) || [];
    const left = former.flatMap((span) =>
      compared?.baseRole(control.name, span.id) === "removed"
        ? [mark(span, LOOKS.removed, `base ${span.id}`)]
        : [],
    );
    return [...marks, ...left];
  });
}

export function pointedShape(object: PointedObject | null): ShapeMark[] {
  if (!object || "start" in object) return [];
  return [{ id: "pointed", shape: object, ...POINTED }];
}

export function markedShape({ object, said }: MarkedObject, place: number): ShapeMark[] {
  if ("start" in object) return [];
  return [{ id: `marked ${place}`, shape: object, label: said, ...MARKED }];
}

export function pointedSpan(object: PointedObject | null, points: CodePoints): TextMark[] {
  if (!object || !("start" in object)) return [];
  const [start, end] = [points.toUnits(object.start), points.toUnits(object.end)];
  return [{ id: "pointed", start, end, ...POINTED }];
}

function lookOf(
  { isAlone, index, compared }: Drawing,
  control: string,
  object: { id: string; label: string },
  colorOfClass: (label: string) => string,
): Look {
  const role: Role | undefined = compared?.role(control, object.id);
  if (role) return LOOKS[role];
  const color = isAlone ? colorOfClass(object.label) : colorAt(index);
  return { color, sign: "", isDashed: !isAlone && index % 2 === 1 };
}

function tagged({ isAlone, named }: Drawing, { sign }: Look, label: string): string {
  return isAlone ? `${sign}${label}` : `${named.name}: ${sign}${label}`;
}

function byId(shapes: readonly Shape[], id: string): Shape | undefined {
  return shapes.find((shape) => shape.id === id);
}

/** From the middle of where it was to where it is. */
function arrow(from: Drawn, to: Drawn, id: string): ShapeMark[] {
  const [start, end] = [middle(from), middle(to)];
  const [dx, dy] = [end[0] - start[0], end[1] - start[1]];
  const length = Math.hypot(dx, dy);
  if (length < LEAST_ARROW) return [];
  const barb = Math.min(12, length / 3);
  const at = (turn: number): [number, number] => {
    const angle = Math.atan2(dy, dx) + turn;
    return [end[0] - barb * Math.cos(angle), end[1] - barb * Math.sin(angle)];
  };
  const polyline = [start, end, at(0.5), end, at(-0.5)];
  return [{ id, shape: { polyline }, color: LOOKS.moved.color, label: "", isDashed: false }];
}

function middle(shape: Drawn): [number, number] {
  const [x, y, width, height] = geometryOf(shape).bounds(shape);
  return [x + width / 2, y + height / 2];
}
