/** Which key means which class: the schema's keys first, then digits, then free letters. */

import { type Control, flatten, type LabelSchema } from "./schema";

export interface KeyTarget {
  control: string;
  value: string | number;
}

export interface Keymap {
  targets: Map<string, KeyTarget>;
  keyOf(control: string, value: string | number): string | undefined;
}

/** Keys of the page itself; a class gets them only when its schema asks. */
const RESERVED = new Set(["s", "f", "b", "g", "i", "q", "t", "z", "?", "+", "-"]);
/** The letters that draw come last, so that a class takes one only when there are very many. */
const DRAWING = "ohlvnmp";
const LETTERS = [..."qwertyuiopasdfghjklzxcvbnm"].filter((key) => !DRAWING.includes(key));
const POOL = [..."1234567890", ...LETTERS, ...DRAWING].filter((key) => !RESERVED.has(key));
const MOST_STEPS = 11;

interface Wish extends KeyTarget {
  key: string | undefined;
}

function wishes(control: Control): Wish[] {
  switch (control.type) {
    case "choice":
      return flatten(control.options).map(({ label }) => wish(control, label));
    case "shapes":
    case "spans":
      return control.labels.map((label) => wish(control, label));
    case "rating":
      return steps(control).map((value) => ({
        control: control.name,
        value,
        key: value >= 0 && value <= 9 ? String(value) : undefined,
      }));
    case "text":
      return [];
  }
}

function wish(control: Control, label: { value: string; key?: string }): Wish {
  return { control: control.name, value: label.value, key: label.key?.toLowerCase() || undefined };
}

/** The steps of a scale that fit as buttons; none when there are too many. */
export function steps(control: { min?: number; max?: number }): number[] {
  const [low, high] = [control.min ?? 1, control.max ?? 5];
  const count = high - low + 1;
  return count > MOST_STEPS ? [] : Array.from({ length: count }, (_, index) => low + index);
}

/** `own` are letters that the page needs itself, whatever the schema asks. */
export function buildKeymap(schema: LabelSchema, own: readonly string[] = []): Keymap {
  const targets = new Map<string, KeyTarget>();
  const names = new Map<string, string>();
  const give = (key: string, { control, value }: Wish): void => {
    targets.set(key, { control, value });
    names.set(JSON.stringify([control, value]), key);
  };
  const left: Wish[] = [];
  for (const wanted of schema.controls.flatMap(wishes)) {
    const isFree = wanted.key && !own.includes(wanted.key) && !targets.has(wanted.key);
    if (wanted.key && isFree) give(wanted.key, wanted);
    else left.push(wanted);
  }
  const free = POOL.filter((key) => !own.includes(key) && !targets.has(key));
  left.slice(0, free.length).forEach((wanted, index) => give(free[index] ?? "", wanted));
  return { targets, keyOf: (control, value) => names.get(JSON.stringify([control, value])) };
}

/**
 * The names a key press may go by: what it typed, and what its place on the board means.
 * The place makes digits work on French boards and letters on Cyrillic or Chinese ones.
 */
export function keyNames(event: { key: string; code: string; shiftKey: boolean }): string[] {
  const typed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const place = /^(?:Key([A-Z])|(?:Digit|Numpad)(\d))$/u.exec(event.code);
  const placed = (place?.[1] ?? place?.[2])?.toLowerCase();
  const isLatin = typed.length === 1 && /[a-z0-9]/u.test(typed);
  return placed && !isLatin && !event.shiftKey ? [typed, placed] : [typed];
}
