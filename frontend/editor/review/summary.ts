/** An answer in words, control by control. */

import type { Answer } from "../core/answer";
import { valueOf } from "../core/answer";
import { type Control, endTitle, flatten, type LabelClass, titleOf } from "../core/schema";

/** What one answer says to one control; null when it says nothing. */
export function summary(control: Control, answer: Answer): string | null {
  switch (control.type) {
    case "choice": {
      const value = valueOf(answer, control);
      if (value === undefined || value.length === 0) return null;
      const chosen = Array.isArray(value) ? value : [value];
      const options = flatten(control.options).map(({ label }) => label);
      return chosen.map((entry) => titleIn(options, entry)).join(", ");
    }
    case "shapes":
      return counted(control.labels, valueOf(answer, control) ?? []);
    case "spans": {
      const spans = valueOf(answer, control) ?? [];
      const parts = spans.map((span) => `${titleIn(control.labels, span.label)}: ${span.text}`);
      return parts.join("\n") || null;
    }
    case "rating": {
      const value = valueOf(answer, control);
      if (value === undefined) return null;
      const title = endTitle(control, value);
      return `${value} / ${control.max ?? 5}${title ? ` (${title})` : ""}`;
    }
    case "text":
      return valueOf(answer, control) || null;
  }
}

export function titleIn(labels: LabelClass[], value: string): string {
  const label = labels.find((candidate) => candidate.value === value);
  return label ? titleOf(label) : value;
}

function counted(labels: LabelClass[], objects: { label: string }[]): string | null {
  const counts = new Map<string, number>();
  for (const { label } of objects) counts.set(label, (counts.get(label) ?? 0) + 1);
  const parts = [...counts].map(([label, count]) => `${titleIn(labels, label)} × ${count}`);
  return parts.join(", ") || null;
}
