/**
 * A model's suggestion in the editor: a ghost that is accepted, in part or as a whole, or dismissed.
 *
 * How the labeling page uses it, with `assignment.suggestion` as the server sends it:
 *
 *   // mode "shown": once the editor is made. Its `element` goes above the controls.
 *   const ghost = new SuggestionTool(suggestion.answer, {
 *     schema, panel: editor.panel, document: editor.document, keymap: editor.keymap, strings,
 *     isQuick: editor.isQuick,          // accepting answers everything: it also submits
 *     announce, decided: () => submit(),
 *   });
 *   ghost.press(event)                  // before editor.press(event); true: it was for the ghost
 *   ghost.update()                      // whenever the document has changed
 *   ghost.left                          // objects not taken yet, for a surface to draw dashed
 *
 *   // mode "after": once the answer was sent; null when both say the same.
 *   const note = suggestionAfter(schema, suggestion.answer, answer, strings, () => undo());
 *
 * What was shown is recorded by the server; nothing of it is sent from here.
 */

import { type Answer, isSame, type Shape, type Span, type Value, valueOf } from "../core/answer";
import type { AnswerDocument } from "../core/document";
import { type Keymap, keyNames } from "../core/keymap";
import { type Control, isObjectControl, type LabelSchema } from "../core/schema";
import { randomUuid } from "../core/uuid";
import { element, isTyping } from "../dom";
import type { Ghost } from "./ghosts";
import { summary } from "../review/summary";
import { fill, type Strings } from "../strings";

/** The first of these that no class has. */
const ACCEPT_KEYS = ["a", "e", "y", "j"];
const DISMISS_KEYS = ["x", "d", "n", "k"];

export interface SuggestionContext {
  schema: LabelSchema;
  /** Where the controls stand: the suggested options are marked in it. */
  panel: HTMLElement;
  document: AnswerDocument;
  keymap: Keymap;
  strings: Strings;
  isQuick: boolean;
  announce(sentence: string): void;
  /** Accepting settled the whole answer. */
  decided(): void;
}

export class SuggestionTool {
  readonly element: HTMLElement;
  readonly acceptKey: string | undefined;
  readonly dismissKey: string | undefined;
  private ghosts: Ghost[];
  private isDismissed = false;

  constructor(
    private readonly answer: Answer,
    private readonly context: SuggestionContext,
  ) {
    const { keymap, schema, strings } = context;
    this.acceptKey = ACCEPT_KEYS.find((key) => !keymap.targets.has(key));
    this.dismissKey = DISMISS_KEYS.find((key) => !keymap.targets.has(key));
    this.ghosts = schema.controls.flatMap((control) => objectsOf(answer, control));
    this.element = element("section", { class: "suggestion", "aria-label": strings.suggestion });
    this.update();
  }

  /** The objects that a surface draws as ghosts. */
  get left(): readonly Ghost[] {
    return this.isDismissed ? [] : this.ghosts;
  }

  /** Takes a key press: accept (with Shift: all objects), dismiss. */
  press(event: KeyboardEvent): boolean {
    const hasModifier = event.ctrlKey || event.metaKey || event.altKey;
    if (this.isDismissed || hasModifier || isTyping(event.target)) return false;
    const names = keyNames(event).map((name) => name.toLowerCase());
    if (this.acceptKey && names.includes(this.acceptKey)) {
      if (event.repeat) return true;
      if (event.shiftKey || this.ghosts.length === 0) this.acceptAll();
      else this.acceptOne();
      return true;
    }
    if (!this.dismissKey || !names.includes(this.dismissKey)) return false;
    this.dismiss();
    return true;
  }

  /** Takes the next object; the other controls come with the last one. */
  acceptOne(): void {
    const ghost = this.ghosts[0];
    if (!ghost || this.ghosts.length === 1) return this.acceptAll();
    this.take(ghost);
    this.ghosts = this.ghosts.slice(1);
    this.context.announce(this.context.strings.suggestion_accepted);
    this.update();
  }

  /** Takes everything that is left; where that is the whole answer, it is submitted. */
  acceptAll(): void {
    const { document, schema, strings } = this.context;
    for (const ghost of this.ghosts) this.take(ghost);
    this.ghosts = [];
    for (const control of schema.controls.filter((entry) => !isObjectControl(entry))) {
      const value = valueOf(this.answer, control);
      if (value !== undefined) document.change(control, value as never);
    }
    this.isDismissed = true;
    this.context.announce(strings.suggestion_accepted);
    this.update();
    if (this.context.isQuick) this.context.decided();
  }

  dismiss(): void {
    this.isDismissed = true;
    this.context.announce(this.context.strings.suggestion_dismissed);
    this.update();
  }

  /** Shows what is left of the suggestion. */
  update(): void {
    this.element.hidden = this.isDismissed;
    this.markOptions();
    if (this.isDismissed) return this.element.replaceChildren();
    const { schema, strings } = this.context;
    const title = element("h2", { class: "suggestion-title" }, strings.suggestion);
    const said = element(
      "p",
      { class: "suggestion-text", dir: "auto" },
      inWords(schema, this.answer),
    );
    const isMany = this.ghosts.length > 1;
    this.element.replaceChildren(
      title,
      said,
      element(
        "p",
        { class: "suggestion-actions" },
        isMany &&
          this.button(strings.suggestion_accept_one, this.acceptKey, () => this.acceptOne()),
        isMany
          ? this.button(strings.suggestion_accept_all, this.shifted, () => this.acceptAll())
          : this.button(strings.suggestion_accept, this.acceptKey, () => this.acceptAll()),
        this.button(strings.suggestion_dismiss, this.dismissKey, () => this.dismiss()),
      ),
    );
  }

  private get shifted(): string | undefined {
    return this.acceptKey && `Shift+${this.acceptKey}`;
  }

  private take({ control, object }: Ghost): void {
    const { document } = this.context;
    const present = (document.value(control) ?? []) as unknown as Value[];
    // An id of its own: the model's may be that of an object the person drew.
    document.change(control, [...present, { ...object, id: randomUuid() }] as never);
  }

  /** The suggested options of choices: a dashed line and a word, not a colour alone. */
  private markOptions(): void {
    const { panel, schema, strings } = this.context;
    for (const button of panel.querySelectorAll<HTMLElement>("[data-option]")) {
      const name = button.closest<HTMLElement>("[data-control]")?.dataset["control"];
      const control = schema.controls.find((entry) => entry.name === name);
      const value = control?.type === "choice" ? valueOf(this.answer, control) : undefined;
      const values = Array.isArray(value) ? value : [value];
      const isSuggested = !this.isDismissed && values.includes(button.dataset["option"]);
      button.classList.toggle("is-suggested", isSuggested);
      const note = button.querySelector(".suggested-note");
      if (!isSuggested) note?.remove();
      else if (!note)
        button.append(element("span", { class: "suggested-note" }, strings.suggested));
    }
  }

  private button(title: string, key: string | undefined, act: () => void): HTMLButtonElement {
    const hint = key ? element("kbd", { "aria-hidden": "true" }, key) : null;
    const button = element(
      "button",
      { type: "button", class: "suggestion-button", "aria-keyshortcuts": key },
      title,
      hint,
    );
    button.addEventListener("click", act);
    return button;
  }
}

function objectsOf(answer: Answer, control: Control): Ghost[] {
  if (!isObjectControl(control)) return [];
  const objects = (valueOf(answer, control) ?? []) as (Shape | Span)[];
  return objects.map((object) => ({ control, object }));
}

function inWords(schema: LabelSchema, answer: Answer): string {
  return schema.controls
    .map((control) => summary(control, answer))
    .filter(Boolean)
    .join("; ");
}

/** After the answer: what the model says, and the way to change one's mind. */
export function suggestionAfter(
  schema: LabelSchema,
  suggestion: Answer,
  answer: Answer,
  strings: Strings,
  change: () => void,
): HTMLElement | null {
  if (isSame(suggestion, answer)) return null;
  const said = inWords(schema, suggestion);
  const button = element(
    "button",
    { type: "button", class: "suggestion-button" },
    strings.suggestion_change,
  );
  button.addEventListener("click", change);
  return element(
    "p",
    { class: "suggestion-after" },
    fill(strings.suggestion_after, { answer: said }),
    " ",
    button,
  );
}
