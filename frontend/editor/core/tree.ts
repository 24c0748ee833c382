/** Decision trees: questions that are answered with yes or no until they end on a class. */

import { type Answer, isSame } from "./answer";

export type YesNo = "yes" | "no";
export type Step = [node: string, answer: YesNo];
type Target = { node: string } | { value: string };

export interface TreeNode {
  id: string;
  question: string;
  yes: Target;
  no: Target;
}

export interface Tree {
  id: string;
  title: string;
  control: string;
  nodes: TreeNode[];
}

/** A walk as an answer keeps it. */
export interface TreePath {
  tree: string;
  steps: Step[];
}

/** Where a walk stands: at a question, or at the class it ends on. */
export type Place = { node: TreeNode } | { end: string };

export const PATH = "_path";

/** Where steps lead from the first question; null when they do not follow the tree. */
export function placeAfter(tree: Tree, steps: readonly Step[]): Place | null {
  let place = follow(tree, { node: tree.nodes[0]?.id ?? "" });
  for (const [id, answer] of steps) {
    if (!place || !("node" in place) || place.node.id !== id) return null;
    place = follow(tree, place.node[answer]);
  }
  return place;
}

function follow(tree: Tree, target: Target): Place | null {
  if ("value" in target) return { end: target.value };
  const node = tree.nodes.find(({ id }) => id === target.node);
  return node ? { node } : null;
}

/** Whether a class stands in an answer: chosen, or given to one of its objects. */
export function isChosen(answer: Answer, control: string, value: string): boolean {
  const given: unknown = Object.hasOwn(answer, control) ? answer[control] : undefined;
  const entries: unknown[] = Array.isArray(given) ? given : [given];
  return entries.some((entry) => {
    const isObject = typeof entry === "object" && entry !== null;
    const chosen: unknown = isObject ? Reflect.get(entry, "label") : entry;
    return chosen !== undefined && String(chosen) === value;
  });
}

/** A walk beside an answer; it counts while the class that it ended on stands in the answer. */
export class Walked {
  /** Without trees nobody can walk here: a walk of before counts while nothing is changed. */
  constructor(
    private path: TreePath | null,
    private readonly trees: readonly Tree[] | undefined,
    private readonly start: Answer,
  ) {}

  set(path: TreePath): void {
    this.path = path;
  }

  /** The answer with the walk in it. */
  with(answer: Answer): Answer {
    return this.path && this.counts(this.path, answer) ? { ...answer, [PATH]: this.path } : answer;
  }

  private counts({ tree: id, steps }: TreePath, answer: Answer): boolean {
    if (!this.trees) return isSame(answer, this.start);
    const tree = this.trees.find((other) => other.id === id);
    const place = tree && placeAfter(tree, steps);
    return !!place && "end" in place && isChosen(answer, tree.control, place.end);
  }
}

/** An answer without its walk, and the walk. */
export function apart(answer: Answer): [Answer, TreePath | null] {
  const { [PATH]: path, ...rest } = answer;
  return [rest, (path as TreePath | undefined) ?? null];
}
