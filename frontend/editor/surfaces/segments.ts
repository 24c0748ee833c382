/** Cuts a text at every end of a span, and gives crossing spans lanes of their own. */

export interface TextMark {
  id: string;
  start: number;
  end: number;
  color: string;
  label: string;
  isSelected?: boolean;
}

export interface Segment {
  start: number;
  end: number;
  /** Spans over this stretch, outermost first, each with its lane under the text. */
  marks: TextMark[];
  lanes: number[];
  /** Spans that begin here. */
  opens: TextMark[];
}

/** `borders` are places where a segment ends whatever lies there, as between blocks of the text. */
export function segments(text: string, marks: TextMark[], borders: number[] = []): Segment[] {
  const inside = marks.filter(({ start, end }) => start >= 0 && start < end && end <= text.length);
  const ordered = inside.sort((a, b) => a.start - b.start || b.end - a.end);
  const laneOf = lanes(ordered);
  const ends = ordered.flatMap(({ start, end }) => [start, end]);
  const cuts = [...new Set([0, text.length, ...ends, ...borders])];
  cuts.sort((a, b) => a - b);
  const parts: Segment[] = [];
  let open: TextMark[] = [];
  let next = 0;
  for (let index = 0; index + 1 < cuts.length; index += 1) {
    const [start, end] = [cuts[index] ?? 0, cuts[index + 1] ?? 0];
    const opens: TextMark[] = [];
    while (ordered[next]?.start === start) opens.push(ordered[next++] as TextMark);
    open = [...open.filter((mark) => mark.end > start), ...opens];
    parts.push({
      start,
      end,
      marks: open,
      lanes: open.map((mark) => laneOf.get(mark) ?? 0),
      opens,
    });
  }
  return parts;
}

/** The lowest free lane for each span; spans that touch no other share lane 0. */
function lanes(ordered: TextMark[]): Map<TextMark, number> {
  const ends: number[] = [];
  const found = new Map<TextMark, number>();
  for (const mark of ordered) {
    const free = ends.findIndex((end) => end <= mark.start);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = mark.end;
    found.set(mark, lane);
  }
  return found;
}
