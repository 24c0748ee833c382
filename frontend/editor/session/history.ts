/** The last answers of this page, so that each can be taken back. */

import type { Clocks } from "../core/activity";
import type { Answer } from "../core/answer";
import type { Assignment } from "../net/assignments";

const DEPTH = 20;

export interface Done {
  task: Assignment;
  answer: Answer;
  clocks: Clocks;
}

export class History {
  private entries: Done[] = [];

  constructor(private readonly onForgotten: (task: Assignment) => void) {}

  get length(): number {
    return this.entries.length;
  }

  push(done: Done): void {
    this.entries.push(done);
    const oldest = this.entries.length > DEPTH ? this.entries.shift() : undefined;
    if (oldest) this.onForgotten(oldest.task);
  }

  pop(): Done | undefined {
    return this.entries.pop();
  }

  /** The answer that was given for an assignment, and takes it out. */
  remove(assignment: string): Done | undefined {
    const found = this.entries.find(({ task }) => task.assignment === assignment);
    this.entries = this.entries.filter((entry) => entry !== found);
    return found;
  }
}
