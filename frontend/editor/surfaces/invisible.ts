/** Characters that nobody sees and that matter all the same: each gets a small mark on the page. */

export interface Invisible {
  start: number;
  end: number;
  name: string;
}

const NAMES = new Map(
  Object.entries({
    "\u00AD": "SHY",
    "\u061C": "ALM",
    "\u200B": "ZWSP",
    "\u200C": "ZWNJ",
    "\u200D": "ZWJ",
    "\u200E": "LRM",
    "\u200F": "RLM",
    "\u2028": "LS",
    "\u2029": "PS",
    "\u202A": "LRE",
    "\u202B": "RLE",
    "\u202C": "PDF",
    "\u202D": "LRO",
    "\u202E": "RLO",
    "\u2060": "WJ",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
    "\uFEFF": "BOM",
  }),
);
const JOINERS = new Set(["\u200C", "\u200D"]);
/** Beyond so many the marks would be the text; such a text is shown as it is. */
const MOST = 2_000;

export function invisibleIn(text: string): Invisible[] {
  const found: Invisible[] = [];
  for (const { 0: character, index } of text.matchAll(/[\p{Cf}\p{Cc}\u2028\u2029]/gu)) {
    if ("\t\n\r".includes(character) || isOrdinaryJoiner(text, index, character)) continue;
    const end = index + character.length;
    found.push({ start: index, end, name: NAMES.get(character) ?? codeOf(character) });
    if (found.length > MOST) return [];
  }
  return found;
}

/** Between letters of a joining script, or within an emoji, a joiner is a part of writing. */
function isOrdinaryJoiner(text: string, index: number, character: string): boolean {
  if (!JOINERS.has(character)) return false;
  const before = [...text.slice(Math.max(0, index - 2), index)].at(-1) ?? "";
  const after = String.fromCodePoint(text.codePointAt(index + 1) ?? 0x20);
  return [before, after].every((near) => /[^\p{Script=Latin}\p{ASCII}\s]/u.test(near));
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
