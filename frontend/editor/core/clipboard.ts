/** One copied shape, kept while the page lives: for the same image or for the next. */

import type { Shape } from "./answer";

interface Copied {
  control: string;
  shape: Shape;
}

let copied: Copied | null = null;

export function copyShape(control: string, shape: Shape): void {
  copied = { control, shape: structuredClone(shape) };
}

export function copiedShape(): Copied | null {
  return copied;
}
