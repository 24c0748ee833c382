/** Words and characters as people see them, in any script: Unicode text segmentation (UAX 29). */

const REACH = 200;
const words = new Intl.Segmenter(undefined, { granularity: "word" });
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The range widened to whole words, in UTF-16 units. Never cuts a word or a character in two. */
export function snapped(text: string, start: number, end: number): [number, number] {
  return [wordAround(text, start)[0], end > start ? wordAround(text, end)[1] : end];
}

/** The word that a place lies strictly inside; else the place itself, twice. */
function wordAround(text: string, unit: number): [number, number] {
  const from = windowStart(text, unit);
  for (const { segment, index, isWordLike } of words.segment(text.slice(from, unit + REACH))) {
    const start = from + index;
    const end = start + segment.length;
    if (end <= unit) continue;
    return start < unit && (isWordLike || isOneCharacter(segment)) ? [start, end] : [unit, unit];
  }
  return [unit, unit];
}

/** Segmenting begins at white space, where no word can be open, or a whole reach before. */
function windowStart(text: string, unit: number): number {
  const least = Math.max(0, unit - REACH);
  const space = text.slice(least, unit).search(/\s/u);
  return space < 0 ? least : least + space;
}

function isOneCharacter(segment: string): boolean {
  const [first] = graphemes.segment(segment);
  return first?.segment === segment;
}

/** The next or former place between two characters. */
export function stepCharacter(text: string, unit: number, direction: 1 | -1): number {
  const from = Math.max(0, unit - REACH);
  const places = [...graphemes.segment(text.slice(from, unit + REACH))].map(
    ({ index }) => from + index,
  );
  places.push(Math.min(text.length, unit + REACH));
  const found =
    direction > 0 ? places.find((place) => place > unit) : places.findLast((place) => place < unit);
  return found ?? (direction > 0 ? text.length : 0);
}
