/** Objects of a suggestion that were not taken yet, as marks on the picture or the text. */

import type { Shape, Span } from "../core/answer";
import type { CodePoints } from "../core/codepoints";
import { colorOf, type Control, titleOf } from "../core/schema";
import type { Strings } from "../strings";
import type { TextMark } from "../surfaces/segments";
import type { ShapeMark } from "../surfaces/shapes";

/** A shape or span of the suggestion that was not taken yet. */
export interface Ghost {
  control: Control;
  object: Shape | Span;
}

export function ghostShape({ control, object }: Ghost, strings: Strings): ShapeMark[] {
  if (control.type !== "shapes" || "start" in object) return [];
  return [
    {
      id: `suggested ${object.id}`,
      shape: object,
      skeleton: control.skeleton,
      color: colorOf(control.labels, object.label),
      label: named(control.labels, object.label, strings),
      isDashed: true,
    },
  ];
}

export function ghostSpan(
  { control, object }: Ghost,
  points: CodePoints,
  strings: Strings,
): TextMark[] {
  if (control.type !== "spans" || !("start" in object)) return [];
  return [
    {
      id: `suggested ${object.id}`,
      start: points.toUnits(object.start),
      end: points.toUnits(object.end),
      color: colorOf(control.labels, object.label),
      label: named(control.labels, object.label, strings),
    },
  ];
}

/** Dashes alone do not say it to everybody: the name does, too. */
function named(
  labels: { value: string; title?: string }[],
  value: string,
  strings: Strings,
): string {
  const label = labels.find((candidate) => candidate.value === value);
  return `${label ? titleOf(label) : value} · ${strings.suggested}`;
}
