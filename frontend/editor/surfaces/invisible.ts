/** Characters that nobody sees and that matter all the same: each gets a small mark on the page. */

export interface Invisible {
  start: number;
  end: number;
  name: string;
}

const NAMES = new Map(
  Object.entries({
    "\r": "CR",
    "\u00A0": "NBSP",
    "\u00AD": "SHY",
    "\u061C": "ALM",
    "\u2002": "ENSP",
    "\u2003": "EMSP",
    "\u2009": "THSP",
    "\u200A": "HSP",
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
    "\u202F": "NNBSP",
    "\u2060": "WJ",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
    "\uFEFF": "BOM",
  }),
);
/** Beyond so many the marks would be the text; such a text is shown as it is. */
const MOST = 2_000;
/** Controls, and spaces that look like another; the ideographic space is as wide as it looks. */
const CANDIDATES = /[\p{Cf}\p{Cc}\u2028\u2029\u00A0\u1680\u2000-\u200A\u202F\u205F]/gu;
/** Format characters that one does see: signs that stand before a number. */
const SEEN = /[\u0600-\u0605\u06DD\u0890\u0891\u08E2\u{110BD}\u{110CD}]/u;
const HARD_SPACES = new Set(["\u00A0", "\u202F"]);
const JOINERS = new Set(["\u200C", "\u200D"]);
const EMOJI = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F]/u;
const JOINED = /[\p{L}\p{M}]/u;
const NEVER_JOINED =
  /[\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/u;
/** The flags of England, Scotland and Wales are spelled in tags behind a black flag. */
const TAGGED_FLAG = /\u{1F3F4}[\u{E0020}-\u{E007E}]*$/u;

export function invisibleIn(text: string): Invisible[] {
  const found: Invisible[] = [];
  for (const { 0: character, index } of text.matchAll(CANDIDATES)) {
    if (isOrdinary(text, index, character)) continue;
    const end = index + character.length;
    found.push({ start: index, end, name: NAMES.get(character) ?? codeOf(character) });
    if (found.length > MOST) return [];
  }
  return found;
}

function isOrdinary(text: string, index: number, character: string): boolean {
  if (character === "\t" || character === "\n" || SEEN.test(character)) return true;
  if (character === "\r") return text[index + 1] === "\n";
  if (JOINERS.has(character)) return isJoining(text, index);
  if (HARD_SPACES.has(character) && isBesidePunctuation(text, index)) return true;
  const isTag = /[\u{E0020}-\u{E007F}]/u.test(character);
  return isTag && TAGGED_FLAG.test(text.slice(Math.max(0, index - 20), index));
}

/** In French and between digits a space that does not break is good spelling. */
function isBesidePunctuation(text: string, index: number): boolean {
  const [before = "", after = ""] = [text[index - 1], text[index + 1]];
  return /[\p{Nd}«]/u.test(before) || /[\p{Nd}»:;!?%€]/u.test(after);
}

/** Within an emoji, or between letters of a script that joins them, a joiner is a part of writing. */
function isJoining(text: string, index: number): boolean {
  const before = [...text.slice(Math.max(0, index - 2), index)].at(-1) ?? "";
  const after = String.fromCodePoint(text.codePointAt(index + 1) ?? 0x20);
  const both = [before, after];
  if (both.every((near) => EMOJI.test(near))) return true;
  return both.every((near) => JOINED.test(near) && !NEVER_JOINED.test(near));
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
