/** A long text in pieces that are drawn apart: a change redraws only the pieces that it touches. */

import { stepCharacter } from "../core/tokens";

export interface TextBlock {
  start: number;
  end: number;
  /** Whether its line goes on in the next block. */
  isCut: boolean;
}

const LEAST_LENGTH = 400;
/** Browsers lay a line out anew as a whole: what is longer than this would answer slowly. */
const MOST_LENGTH = 4_000;

/** Whole lines, put together until a block is worth its overhead; an endless line is cut. */
export function blocksOf(text: string): TextBlock[] {
  const blocks: TextBlock[] = [];
  for (let start = 0; start < text.length;) {
    const line = text.indexOf("\n", Math.min(start + LEAST_LENGTH, text.length) - 1);
    const lineEnd = line < 0 ? text.length : line + 1;
    const isCut = lineEnd - start > MOST_LENGTH;
    const end = isCut ? cutOf(text, start) : lineEnd;
    blocks.push({ start, end, isCut });
    start = end;
  }
  return blocks;
}

/** Where a long line is cut: after a space, or at least between two characters. */
function cutOf(text: string, start: number): number {
  const most = start + MOST_LENGTH / 2;
  const space = text.lastIndexOf(" ", most - 1);
  return space > start + LEAST_LENGTH ? space + 1 : stepCharacter(text, most - 1, 1);
}

/** The index of the block in which a place lies; its end counts as the next block's start. */
export function blockAt(blocks: TextBlock[], unit: number): number {
  let low = 0;
  let high = blocks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((blocks[middle]?.start ?? 0) <= unit) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The marks that reach into each block, in the order in which they were given. */
export function sharedOut<M extends { start: number; end: number }>(
  blocks: TextBlock[],
  marks: readonly M[],
): M[][] {
  const shares = blocks.map((): M[] => []);
  for (const mark of marks) {
    const last = blockAt(blocks, mark.end - 1);
    for (let at = blockAt(blocks, mark.start); at <= last; at += 1) shares[at]?.push(mark);
  }
  return shares;
}
