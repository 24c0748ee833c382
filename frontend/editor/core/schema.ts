/** The label schema as the server sends it: validated, with defaults filled in. */

import type { Rule } from "./rule_types";

export interface Attribute {
  name: string;
  type: "boolean" | "choice" | "text" | "number";
  title?: string;
  options?: (string | LabelClass)[];
  min?: number;
  max?: number;
}

export interface LabelClass {
  value: string;
  title?: string;
  key?: string;
  color?: string;
  children?: LabelClass[];
  attributes?: Attribute[];
}

interface Frame {
  name: string;
  title?: string;
  required?: boolean;
}

export interface ChoiceControl extends Frame {
  type: "choice";
  multiple?: boolean;
  options: LabelClass[];
}

export type ToolName = "box" | "polygon" | "polyline" | "keypoint";

/** The points of a keypoint set in the order they are placed; edges are pairs of their places. */
export interface Skeleton {
  names: string[];
  edges: [number, number][];
}

export interface ShapesControl extends Frame {
  type: "shapes";
  tools?: ToolName[];
  skeleton?: Skeleton;
  labels: LabelClass[];
}

export interface SpansControl extends Frame {
  type: "spans";
  labels: LabelClass[];
}

export interface TextControl extends Frame {
  type: "text";
  max_length?: number;
  layout?: "below" | "beside";
  direction?: "auto" | "ltr" | "rtl";
  /** The language of the answer (BCP 47): for spelling, voice and fonts. */
  language?: string;
  /** Least and most length of the answer, as a share of the source's. */
  length_ratio?: [number, number];
  same_numbers?: boolean;
}

export interface RatingControl extends Frame {
  type: "rating";
  min?: number;
  max?: number;
  /** What the ends of the scale mean. */
  low_title?: string;
  high_title?: string;
}

export type Control = ChoiceControl | ShapesControl | SpansControl | TextControl | RatingControl;
export type ObjectControl = ShapesControl | SpansControl;

export interface LabelSchema {
  controls: Control[];
  rules?: Rule[];
}

export interface ListedClass {
  label: LabelClass;
  depth: number;
}

/** All classes of a taxonomy, parents before children, with their depth. */
export function flatten(labels: LabelClass[], depth = 0): ListedClass[] {
  return labels.flatMap((label) => [{ label, depth }, ...flatten(label.children ?? [], depth + 1)]);
}

/** The classes of a control, as a taxonomy; none of a scale or a text. */
export function classesOf(control: Control): LabelClass[] {
  if (control.type === "choice") return control.options;
  return isObjectControl(control) ? control.labels : [];
}

/** What people call a class of a control. */
export function classTitle(schema: LabelSchema, control: string, value: string): string {
  const owner = schema.controls.find(({ name }) => name === control);
  const found = owner && flatten(classesOf(owner)).find(({ label }) => label.value === value);
  return found ? titleOf(found.label) : value;
}

/** What a step means, if it is one of the ends of its scale and that has a title. */
export function endTitle(control: RatingControl, step: number): string | undefined {
  const { min = 1, max = 5, low_title: low, high_title: high } = control;
  return step === min ? low : step === max ? high : undefined;
}

export function titleOf(named: { title?: string; value?: string; name?: string }): string {
  return named.title ?? named.value ?? named.name ?? "";
}

export function isObjectControl(control: Control): control is ObjectControl {
  return control.type === "shapes" || control.type === "spans";
}

/** Labels with known-good contrast of their edge on light and dark grounds. */
const PALETTE = [
  "#1c7ed6",
  "#e8590c",
  "#2f9e44",
  "#c2255c",
  "#7048e8",
  "#0c8599",
  "#b08900",
  "#d6336c",
  "#5c940d",
  "#495057",
];

export function colorAt(index: number): string {
  return PALETTE[index % PALETTE.length] ?? "#1c7ed6";
}

export function colorOf(classes: LabelClass[], value: string): string {
  const index = classes.findIndex((label) => label.value === value);
  return classes[index]?.color ?? colorAt(Math.max(index, 0));
}

/** Whether one key press answers everything: a single required choice and nothing else. */
export function isQuick(schema: LabelSchema): boolean {
  const [first, ...others] = schema.controls;
  const single = first?.type === "choice" && !first.multiple;
  return single && first.required === true && others.length === 0;
}
