/** What a person chose last, kept from item to item while the page lives. */

import { type Answer, type Value, valueOf } from "./answer";
import type { Control, ToolName } from "./schema";

export class Sticky {
  /** The class that new objects get, and the control that it belongs to. */
  label: { control: string; label: string } | null = null;
  readonly tools = new Map<string, ToolName>();
  private readonly kept = new Map<string, Value | undefined>();

  isKept(control: Control): boolean {
    return this.kept.has(keyOf(control));
  }

  /** The next items start with this value, and with what takes its place; or no longer. */
  setKept(control: Control, isKept: boolean, answer: Answer): void {
    if (isKept) this.kept.set(keyOf(control), valueOf(answer, control));
    else this.kept.delete(keyOf(control));
  }

  value(control: Control): Value | undefined {
    return this.kept.get(keyOf(control));
  }

  /** The answer has changed. */
  follow(controls: Control[], answer: Answer): void {
    for (const control of controls) if (this.isKept(control)) this.setKept(control, true, answer);
  }
}

const keys = new WeakMap<Control, string>();

/** The whole question, so that another one of the same name is never answered with it. */
function keyOf(control: Control): string {
  const key = keys.get(control) ?? JSON.stringify(control);
  // Ten thousand options are written out once, not with every letter that is typed.
  keys.set(control, key);
  return key;
}

export const pageSticky = new Sticky();
