/** The answer being made, with its log of changes. */

import { type Answer, type Value, type ValueOf, valueOf, withValue } from "./answer";
import { applied, type Command, inverse, merged } from "./commands";
import type { Control } from "./schema";

export class AnswerDocument {
  private past: Command[] = [];
  private future: Command[] = [];
  private listeners: (() => void)[] = [];

  constructor(private current: Answer) {}

  get answer(): Answer {
    return this.current;
  }

  /** Whether there is something unfinished, which is taken back before any change. */
  hasUnfinished: () => boolean = () => false;

  get canUndo(): boolean {
    return this.past.length > 0 || this.hasUnfinished();
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  value<C extends Control>(control: C): ValueOf<C> | undefined {
    return valueOf(this.current, control);
  }

  change<C extends Control>(control: C, after: ValueOf<C> | undefined, merge?: string): void {
    const command: Command = { control: control.name, before: this.value(control), after, merge };
    if (JSON.stringify(command.before) === JSON.stringify(after)) return;
    const joined = merged(this.past.at(-1), command);
    if (joined) this.past.pop();
    this.past.push(joined ?? command);
    this.future = [];
    this.apply(command);
  }

  /** Puts in what the item starts with: no step of the person's, and nothing to be saved yet. */
  preset(control: Control, value: Value): void {
    this.current = withValue(this.current, control.name, value);
  }

  /** Ends the run of commands that merge into one step. */
  seal(): void {
    const last = this.past.at(-1);
    if (last) delete last.merge;
  }

  undo(): Command | undefined {
    const command = this.past.pop();
    if (command) {
      this.future.push(command);
      this.apply(inverse(command));
    }
    return command;
  }

  redo(): Command | undefined {
    const command = this.future.pop();
    if (command) {
      this.past.push(command);
      this.apply(command);
    }
    return command;
  }

  subscribe(listener: () => void): void {
    this.listeners.push(listener);
  }

  private apply(command: Command): void {
    this.current = applied(this.current, command);
    for (const listener of this.listeners) listener();
  }
}
