/** A long text in pieces that are drawn apart: a change redraws only the pieces that it touches. */

export interface TextBlock {
  start: number;
  end: number;
}

const LEAST_LENGTH = 400;

/** Whole lines, put together until a block is worth its overhead. Blocks join to the whole text. */
export function blocksOf(text: string): TextBlock[] {
  const blocks: TextBlock[] = [];
  for (let start = 0; start < text.length;) {
    const line = text.indexOf("\n", Math.min(start + LEAST_LENGTH, text.length) - 1);
    const end = line < 0 ? text.length : line + 1;
    blocks.push({ start, end });
    start = end;
  }
  return blocks;
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
