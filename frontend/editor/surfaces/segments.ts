/** Cuts a text at every end of a span, and gives crossing spans lanes of their own. */

export interface TextMark {
  id: string;
  start: number;
  end: number;
  color: string;
  label: string;
  isSelected?: boolean;
}

/** A mark with its lane under the text. */
export interface LaidMark extends TextMark {
  lane: number;
}

export interface Segment {
  start: number;
  end: number;
  /** Spans over this stretch, outermost first. */
  marks: LaidMark[];
  /** Spans that begin here. */
  opens: LaidMark[];
}

/** The marks that lie in a text of this length, in reading order, the outer before the inner. */
export function laid(marks: readonly TextMark[], length: number): LaidMark[] {
  const inside = marks.filter(({ start, end }) => start >= 0 && start < end && end <= length);
  inside.sort((a, b) => a.start - b.start || b.end - a.end);
  // The lowest free lane for each; spans that touch no other share lane 0.
  const ends: number[] = [];
  return inside.map((mark) => {
    const free = ends.findIndex((end) => end <= mark.start);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = mark.end;
    return { ...mark, lane };
  });
}

/**
 * The stretches of a block from the laid marks that reach into it. `borders` are places where a
 * segment ends whatever lies there.
 */
export function segments(
  block: { start: number; end: number },
  marks: readonly LaidMark[],
  borders: readonly number[] = [],
): Segment[] {
  const ends = marks.flatMap(({ start, end }) => [start, end]);
  const inside = [...ends, ...borders].filter((at) => at > block.start && at < block.end);
  const cuts = [...new Set([block.start, ...inside, block.end])].sort((a, b) => a - b);
  const parts: Segment[] = [];
  let open: LaidMark[] = [];
  let next = 0;
  for (let index = 0; index + 1 < cuts.length; index += 1) {
    const [start, end] = [cuts[index] ?? 0, cuts[index + 1] ?? 0];
    const added: LaidMark[] = [];
    while ((marks[next]?.start ?? end) <= start) added.push(marks[next++] as LaidMark);
    open = [...open, ...added].filter((mark) => mark.end > start);
    parts.push({ start, end, marks: open, opens: added.filter((mark) => mark.start === start) });
  }
  return parts;
}

/** Whether two lists of marks are drawn alike. */
export function areAlike(a: readonly LaidMark[], b: readonly LaidMark[]): boolean {
  return a.length === b.length && a.every((mark, index) => isAlike(mark, b[index] as LaidMark));
}

function isAlike(a: LaidMark, b: LaidMark): boolean {
  const isSamePlace = a.start === b.start && a.end === b.end && a.lane === b.lane;
  const isSameLook = a.label === b.label && a.color === b.color && a.isSelected === b.isSelected;
  return a.id === b.id && isSamePlace && isSameLook;
}
