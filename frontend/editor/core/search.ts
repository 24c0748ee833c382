/** Finding classes by typing: whatever the case and the accents, at any depth of a taxonomy. */

import { type LabelClass, titleOf } from "./schema";

export interface Listed {
  label: LabelClass;
  depth: number;
  /** The titles of the branches above it. */
  path: string[];
  /** What is searched: its own title first, so that a hit in it can count more. */
  folded: string;
}

export function folded(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

/** All classes of a taxonomy, parents before children. */
export function listed(labels: LabelClass[], path: string[] = []): Listed[] {
  return labels.flatMap((label) => {
    const own = titleOf(label);
    const entry = { label, depth: path.length, path, folded: folded(`${own} ${label.value}`) };
    return [entry, ...listed(label.children ?? [], [...path, own])];
  });
}

/** A title in parts, each with whether a word of the query begins there and covers it. */
export function marked(title: string, query: string): [part: string, isHit: boolean][] {
  // Letter by letter, as folding may make one letter of two.
  const letters = [...title];
  const plain = letters.map(folded);
  const isHit = letters.map(() => false);
  for (const word of folded(query).split(/\s+/u).filter(Boolean)) {
    for (let start = 0; start < letters.length; start += 1) {
      let end = start;
      let read = "";
      while (end < letters.length && word.startsWith(read) && read !== word) read += plain[end++];
      if (read === word) isHit.fill(true, start, end);
    }
  }
  const parts: [string, boolean][] = [];
  for (const [index, letter] of letters.entries()) {
    const last = parts.at(-1);
    if (last && last[1] === isHit[index]) last[0] += letter;
    else parts.push([letter, isHit[index] === true]);
  }
  return parts;
}

/** The classes whose title or value has all the words, those that begin with them first. */
export function found(all: Listed[], query: string): Listed[] {
  const words = folded(query).split(/\s+/u).filter(Boolean);
  if (words.length === 0) return all;
  const hits = all.filter((entry) => words.every((word) => entry.folded.includes(word)));
  const first = words[0] ?? "";
  const begins = (entry: Listed): number => (entry.folded.startsWith(first) ? 0 : 1);
  return hits.sort((a, b) => begins(a) - begins(b));
}
