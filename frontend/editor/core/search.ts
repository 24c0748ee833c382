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

/** The classes whose title or value has all the words, those that begin with them first. */
export function found(all: Listed[], query: string): Listed[] {
  const words = folded(query).split(/\s+/u).filter(Boolean);
  if (words.length === 0) return all;
  const hits = all.filter((entry) => words.every((word) => entry.folded.includes(word)));
  const first = words[0] ?? "";
  const begins = (entry: Listed): number => (entry.folded.startsWith(first) ? 0 : 1);
  return hits.sort((a, b) => begins(a) - begins(b));
}
