/** Answers count Unicode code points; the browser counts UTF-16 units. This converts. */

export class CodePoints {
  /** UTF-16 positions of the second halves of surrogate pairs, ascending. */
  private readonly pairs: number[] = [];

  constructor(readonly text: string) {
    for (let unit = 0; unit < text.length; unit += 1) {
      if ((text.codePointAt(unit) ?? 0) > 0xffff) {
        unit += 1;
        this.pairs.push(unit);
      }
    }
  }

  get length(): number {
    return this.text.length - this.pairs.length;
  }

  /** The code point offset of a UTF-16 offset; inside a pair it counts as before the pair. */
  fromUnits(unit: number): number {
    return unit - this.pairsUpTo(unit);
  }

  /** The UTF-16 offset of a code point offset. */
  toUnits(point: number): number {
    let low = 0;
    let high = this.pairs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      // The pair number `middle` is code point (position - 1 - middle).
      if ((this.pairs[middle] ?? 0) - 1 - middle < point) low = middle + 1;
      else high = middle;
    }
    return point + low;
  }

  slice(start: number, end: number): string {
    return this.text.slice(this.toUnits(start), this.toUnits(end));
  }

  private pairsUpTo(unit: number): number {
    let low = 0;
    let high = this.pairs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.pairs[middle] ?? 0) <= unit) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** White space and marks of direction: nobody means to select them. */
const BLANKS_BEFORE = /^[\s\p{Bidi_Control}\u200B\uFEFF]*/u;
const BLANKS_AFTER = /[\s\p{Bidi_Control}\u200B\uFEFF]*$/u;

/** The range without blanks at its ends; null when nothing else is in it. */
export function trimmed(text: string, start: number, end: number): [number, number] | null {
  const covered = text.slice(start, end);
  const from = start + (BLANKS_BEFORE.exec(covered)?.[0].length ?? 0);
  const to = end - (BLANKS_AFTER.exec(covered)?.[0].length ?? 0);
  return from < to ? [from, to] : null;
}
