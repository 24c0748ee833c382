/** A change as an object: undo, autosave and tests share this one path. */

import { type Answer, type Value, withValue } from "./answer";

export interface Command {
  control: string;
  before: Value | undefined;
  after: Value | undefined;
  /** Commands that follow each other with the same key become one step of undo. */
  merge?: string | undefined;
}

/** The answer after the command; an item that has an answer is no longer undecidable. */
export function applied(answer: Answer, command: Command): Answer {
  const decided = withValue(answer, "_undecidable", undefined);
  return withValue(decided, command.control, command.after);
}

export function inverse(command: Command): Command {
  return { control: command.control, before: command.after, after: command.before };
}

/** One command for both, or null when they are separate steps. */
export function merged(earlier: Command | undefined, later: Command): Command | null {
  if (!earlier?.merge || earlier.merge !== later.merge) return null;
  return earlier.control === later.control ? { ...later, before: earlier.before } : null;
}
