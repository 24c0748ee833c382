/** Asking an expert about the item: the words, the place, the answers in doubt, rulings like it. */

import type { LabelSchema } from "../core/schema";
import { element, iconButton } from "../dom";
import type { ClassName, Question, Ruling } from "../net/questions";
import type { Strings } from "../strings";
import type { Pin } from "../tools/pins";
import { aidFrame, setOpen } from "./aid_frame";
import { Candidates } from "./candidates";
import { SimilarRulings } from "./similar";

const LONGEST = 1000;
const NOTHING: Kept = { text: "", region: null, classes: [] };

export interface QuestionActions {
  selectedPlace(): Pin | null;
  closed(): void;
  similar(words: string): Promise<Ruling[]>;
  /** Resolves to what went wrong; to nothing when the question was taken. */
  send(question: Question): Promise<string>;
}

interface Kept {
  text: string;
  region: Pin | null;
  classes: ClassName[];
}

export class QuestionPanel {
  readonly element: HTMLElement;
  private readonly field: HTMLTextAreaElement;
  private readonly pin = element("p", { class: "pin" });
  private readonly candidates: Candidates;
  private readonly similar: SimilarRulings;
  private readonly problem = element("p", { class: "aid-problem", role: "alert" });
  private readonly sendButton: HTMLButtonElement;
  private readonly kept = new Map<string, Kept>();
  private task = "";
  private schema: LabelSchema = { controls: [] };
  private region: Pin | null = null;
  private isSending = false;

  constructor(
    private readonly strings: Strings,
    private readonly actions: QuestionActions,
  ) {
    this.field = element("textarea", {
      class: "field",
      rows: 3,
      maxlength: LONGEST,
      dir: "auto",
      "aria-label": strings.question,
      placeholder: strings.question_hint,
    });
    this.candidates = new Candidates(strings);
    this.similar = new SimilarRulings(strings, {
      find: (words) => actions.similar(words),
      choose: (ruling) => void this.send(ruling),
    });
    this.sendButton = element(
      "button",
      { type: "button", class: "button button-primary" },
      strings.question_send,
      element("kbd", { "aria-hidden": "true" }, "Ctrl Enter"),
    );
    this.element = this.build();
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  /** What was written about this task, and not sent, is there again. */
  setTask(task: string, schema: LabelSchema): void {
    this.toggle(false);
    this.task = task;
    this.schema = schema;
  }

  toggle(isOpen = !this.isOpen): void {
    if (isOpen === this.isOpen) return;
    if (!isOpen) this.keep();
    setOpen(this.element, isOpen);
    if (isOpen) this.open();
    else this.actions.closed();
  }

  async send(ruling: number | null = null): Promise<void> {
    const text = this.field.value.trim();
    if (!text) {
      this.problem.textContent = this.strings.question_empty;
      return this.field.focus();
    }
    if (this.isSending) return;
    const { task, region } = this;
    this.setSending(true);
    const question = { text, region, classes: this.candidates.classes, ruling };
    const problem = await this.actions.send(question);
    this.setSending(false);
    if (!problem) this.kept.delete(task);
    else if (task === this.task) this.problem.textContent = problem;
  }

  private open(): void {
    const { text, region, classes } = this.kept.get(this.task) ?? NOTHING;
    this.field.value = text;
    this.problem.textContent = "";
    // What is selected is asked first: the field takes the selection away.
    this.setRegion(this.actions.selectedPlace() ?? region);
    this.candidates.show(this.schema, classes);
    this.similar.follow(text);
    this.field.focus();
    this.element.scrollIntoView({ block: "nearest" });
  }

  private keep(): void {
    const { region } = this;
    const kept = { text: this.field.value, region, classes: this.candidates.classes };
    this.kept.set(this.task, kept);
  }

  private setSending(isSending: boolean): void {
    this.isSending = isSending;
    this.element.setAttribute("aria-busy", String(isSending));
    this.problem.textContent = "";
  }

  private setRegion(region: Pin | null): void {
    this.region = region;
    const { pin_remove, pin_selected, pin_set } = this.strings;
    const remove = iconButton("close", pin_remove, () => this.setRegion(null));
    const set = element("button", { type: "button", class: "button" }, pin_selected);
    // The selection in a text lives as long as nothing else is pressed.
    set.addEventListener("pointerdown", (event) => event.preventDefault());
    set.addEventListener("click", () => this.pinSelected());
    this.pin.replaceChildren(...(region ? [pin_set, remove] : [set]));
  }

  private pinSelected(): void {
    const region = this.actions.selectedPlace();
    this.problem.textContent = region ? "" : this.strings.pin_nothing;
    if (region) this.setRegion(region);
  }

  private build(): HTMLElement {
    const { strings } = this;
    this.field.addEventListener("input", () => this.similar.follow(this.field.value));
    this.sendButton.addEventListener("click", () => void this.send());
    const section = aidFrame(
      strings,
      { kind: "ask", name: strings.question, close: () => this.toggle(false) },
      this.field,
      this.similar.element,
      this.pin,
      this.candidates.element,
      this.problem,
      element("p", { class: "actions" }, this.sendButton),
    );
    section.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      this.toggle(false);
    });
    return section;
  }
}
