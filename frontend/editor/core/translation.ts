/** A translation held against its source: its length, and the numbers in both. */

import { CodePoints } from "./codepoints";
import type { TextControl } from "./schema";

export interface SourceWarning {
  code: "source_shorter" | "source_longer" | "numbers_missing" | "numbers_added";
  values: Record<string, string | number>;
}

type Checks = Pick<TextControl, "length_ratio" | "same_numbers">;

/** What differs from the source; nothing as long as there is no answer or no source. */
export function sourceWarnings(checks: Checks, source: string, target: string): SourceWarning[] {
  if (!source.trim() || !target.trim()) return [];
  return [
    ...lengthWarnings(checks.length_ratio, source, target),
    ...(checks.same_numbers ? numberWarnings(source, target) : []),
  ];
}

function lengthWarnings(
  limits: [number, number] | undefined,
  source: string,
  target: string,
): SourceWarning[] {
  if (!limits) return [];
  const [low, high] = limits;
  const ratio = new CodePoints(target.trim()).length / new CodePoints(source.trim()).length;
  const values = { percent: Math.round(ratio * 100) };
  if (ratio < low) return [{ code: "source_shorter", values }];
  return ratio > high ? [{ code: "source_longer", values }] : [];
}

function numberWarnings(source: string, target: string): SourceWarning[] {
  const [wanted, given] = [numbersIn(source), numbersIn(target)];
  const warnings: SourceWarning[] = [];
  const missing = without(wanted, given);
  const added = without(given, wanted);
  if (missing.length > 0)
    warnings.push({ code: "numbers_missing", values: { numbers: missing.join(", ") } });
  if (added.length > 0)
    warnings.push({ code: "numbers_added", values: { numbers: added.join(", ") } });
  return warnings;
}

interface WrittenNumber {
  written: string;
  digits: string;
}

const NUMBERS = /\p{Nd}+(?:[.,\u066b\u066c\u00a0\u202f'’]\p{Nd}+)*/gu;

/** Languages group digits and mark decimals differently, so that only the digits are compared. */
function numbersIn(text: string): WrittenNumber[] {
  return [...text.matchAll(NUMBERS)].map(([written]) => ({
    written,
    digits: [...written].map(digitOf).join(""),
  }));
}

/** The value of a digit of any script; nothing for what stands between digits. */
function digitOf(char: string): string {
  const plain = char.normalize("NFKC");
  const code = plain.codePointAt(0) ?? 0;
  if (!isDigit(code)) return "";
  // The ten digits of a script follow each other from a code point that ends in 0 or, in hex, in 6.
  const row = code - (code % 16);
  return String(code - (isDigit(row) ? row : row + 6));
}

function isDigit(code: number): boolean {
  return /\p{Nd}/u.test(String.fromCodePoint(code));
}

/** The numbers of one list that the other has less often, as they were written. */
function without(numbers: WrittenNumber[], others: WrittenNumber[]): string[] {
  const left = others.map(({ digits }) => digits);
  return numbers
    .filter(({ digits }) => {
      const place = left.indexOf(digits);
      if (place >= 0) left.splice(place, 1);
      return place < 0;
    })
    .map(({ written }) => written);
}
