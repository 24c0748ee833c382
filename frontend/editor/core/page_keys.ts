/** The keys of what stands beside the work; letters that the item itself needs go to the item. */

import { type Keymap, keyNames } from "./keymap";
import type { LabelSchema } from "./schema";

export interface PageKey {
  letter: string;
  /** With Shift, because the letter alone means a class or a tool here. */
  isShifted: boolean;
}

/** `t` switches whole words on and off where text is marked. */
const OF_SPANS = "t";

export function pageKey(letter: string, schema: LabelSchema, keymap: Keymap): PageKey {
  const hasSpans = schema.controls.some(({ type }) => type === "spans");
  const isTaken = keymap.targets.has(letter) || (letter === OF_SPANS && hasSpans);
  return { letter, isShifted: isTaken };
}

/** As it is written on the key sheet, the parts apart. */
export function keyTitle({ letter, isShifted }: PageKey): string {
  return isShifted ? `Shift ${letter.toUpperCase()}` : letter;
}

export type KeyPress = Pick<
  KeyboardEvent,
  "key" | "code" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey"
>;

export function isPressed({ letter, isShifted }: PageKey, event: KeyPress): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  // The place of the key counts on boards without Latin letters, with Shift, too.
  const { key, code, shiftKey } = event;
  return shiftKey === isShifted && keyNames({ key, code, shiftKey: false }).includes(letter);
}
