/** Looks an answer over before it is sent: what is missing, and the rules of the schema. */

import { type Answer, unanswered } from "../core/answer";
import { blocking, brokenRules, ruleSentence } from "../core/rules";
import { titleOf } from "../core/schema";
import type { Editor } from "../editor";
import type { Assignment } from "../net/assignments";
import { fill, type Strings } from "../strings";
import { controlNamed } from "./error_place";

export class Checks {
  private warned: Answer | null = null;

  constructor(private readonly strings: Strings) {}

  /** Marks the control that is wrong, and says why; null when the answer may be sent. */
  complaint(task: Assignment, editor: Editor): string | null {
    const { label_schema: schema } = task.instruction_version;
    const { answer } = editor.document;
    const [missing] = unanswered(schema, answer);
    editor.mark(missing?.name ?? null);
    if (missing) return fill(this.strings.required_missing, { title: titleOf(missing) });
    return this.brokenRule(task, editor, answer);
  }

  /** A warning is said once; the same answer may then be sent. */
  private brokenRule(task: Assignment, editor: Editor, answer: Answer): string | null {
    const { label_schema: schema } = task.instruction_version;
    const broken = brokenRules(schema, answer, task.item);
    const [blocked] = blocking(broken);
    const told = blocked ?? (this.warned === answer ? undefined : broken[0]);
    if (!told) return null;
    this.warned = answer;
    editor.mark(controlNamed(schema.controls, told.path));
    const sentence = ruleSentence(this.strings, told);
    return blocked ? sentence : `${sentence} ${this.strings.submit_anyway}`;
  }
}
