/** The model's suggestion on the labeling page: beside the question, or after the answer. */

import type { Answer } from "../core/answer";
import type { Editor } from "../editor";
import type { Assignment } from "../net/assignments";
import type { Strings } from "../strings";
import { suggestionAfter, SuggestionTool } from "../tools/suggestion";

export interface SuggestionActions {
  announce(sentence: string): void;
  submit(): void;
  /** Takes the last answer back, to be changed. */
  change(): void;
}

export class Suggested {
  private tool: SuggestionTool | null = null;
  private editor: Editor | null = null;

  constructor(
    private readonly strings: Strings,
    private readonly actions: SuggestionActions,
  ) {}

  /** What stands above the questions of a task; null when nothing is shown with it. */
  show(editor: Editor, task: Assignment): HTMLElement | null {
    this.tool = null;
    this.editor = editor;
    const { suggestion, instruction_version: version } = task;
    if (suggestion?.mode !== "shown") return null;
    this.tool = new SuggestionTool(suggestion.answer, {
      schema: version.label_schema,
      panel: editor.panel,
      document: editor.document,
      keymap: editor.keymap,
      strings: this.strings,
      isQuick: editor.isQuick,
      announce: (sentence) => this.actions.announce(sentence),
      decided: () => this.actions.submit(),
    });
    this.update();
    return this.tool.element;
  }

  /** The answer, or what is left of the suggestion, has changed. */
  update(): void {
    if (!this.tool) return;
    this.tool.update();
    this.editor?.setGhosts(this.tool.left);
  }

  press(event: KeyboardEvent): boolean {
    const isTaken = this.tool?.press(event) ?? false;
    if (isTaken) this.update();
    return isTaken;
  }

  /** What the model says of the answer that was just given; null when it says the same. */
  after(
    { suggestion, instruction_version: version }: Assignment,
    answer: Answer,
  ): HTMLElement | null {
    if (suggestion?.mode !== "after") return null;
    const change = (): void => this.actions.change();
    const { label_schema: schema } = version;
    return suggestionAfter(schema, suggestion.answer, answer, this.strings, change);
  }
}
