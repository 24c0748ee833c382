/** Answers: one value per control, in the shape that the API takes. */

import type { Control, LabelSchema } from "./schema";
import type { TreePath } from "./tree";

export type Box = [x: number, y: number, width: number, height: number];
export type AttributeValue = boolean | string | number;

export interface Labelled {
  id: string;
  label: string;
}

export type Vertex = [x: number, y: number];
/** 2 is visible, 1 occluded, 0 absent. */
export type Visibility = 0 | 1 | 2;
export type Keypoint = [x: number, y: number, visible: Visibility];

/** What is drawn of a shape: exactly one of box, polygon, polyline and keypoints. */
export interface Drawn {
  box?: Box;
  rotation?: number;
  polygon?: Vertex[];
  holes?: Vertex[][] | undefined;
  polyline?: Vertex[];
  keypoints?: Keypoint[];
}

export interface Shape extends Labelled, Drawn {
  attributes?: Record<string, AttributeValue>;
}

/** Offsets count Unicode code points, half-open. */
export interface Span extends Labelled {
  start: number;
  end: number;
  text: string;
}

export interface Values {
  choice: string | string[];
  shapes: Shape[];
  spans: Span[];
  text: string;
  rating: number;
}

/** What stands under a name in an answer; the walk through a decision tree is no control's. */
export type Value = Values[keyof Values] | TreePath;
export type ValueOf<C extends Control> = Values[C["type"]];
export type Answer = Record<string, Value>;

export interface Item {
  type: "image" | "text";
  data: { text?: string };
  media_url: string | null;
  /** A small picture of the same, to be shown first. */
  thumbnail_url?: string | null;
  /** A larger one, for a close look; only where the usual one is smaller than the item. */
  full_url?: string | null;
  width: number | null;
  height: number | null;
}

/** The value of one control. Own keys only: a control may be called "constructor". */
export function valueOf<C extends Control>(answer: Answer, control: C): ValueOf<C> | undefined {
  if (!Object.hasOwn(answer, control.name)) return undefined;
  return answer[control.name] as ValueOf<C>;
}

/** The answer with one control's value replaced, or taken out when it is undefined. */
export function withValue(answer: Answer, name: string, value: Value | undefined): Answer {
  const entries = Object.entries(answer).filter(([key]) => key !== name);
  return Object.fromEntries(value === undefined ? entries : [...entries, [name, value]]);
}

function isEmpty(value: Value | undefined): boolean {
  if (value === undefined) return true;
  if (typeof value === "string") return value.trim() === "";
  return Array.isArray(value) && value.length === 0;
}

/** The required controls that still lack an answer, in schema order. */
export function unanswered(schema: LabelSchema, answer: Answer): Control[] {
  return schema.controls.filter((control) => control.required && isEmpty(valueOf(answer, control)));
}

/** Whether two answers are the same to the letter, whatever the order of their controls. */
export function isSame(a: Answer, b: Answer): boolean {
  return canonical(a) === canonical(b);
}

function canonical(answer: Answer): string {
  const kept = Object.entries(answer).filter(([, value]) => !isEmpty(value));
  return JSON.stringify(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}
