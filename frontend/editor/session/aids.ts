/** What helps to decide: asking an expert, walking a decision tree, the guide to a class. */

import { isPressed, keyTitle, type PageKey, pageKey } from "../core/page_keys";
import { classTitle } from "../core/schema";
import type { Step, Tree } from "../core/tree";
import { element } from "../dom";
import type { Editor } from "../editor";
import type { Assignment } from "../net/assignments";
import { ApiError } from "../net/http";
import { type Question, QuestionsApi } from "../net/questions";
import { fill, type Strings } from "../strings";
import { answeredNotice } from "./answered";
import { Guide } from "./guide";
import type { KeyRow } from "./key_help";
import { QuestionPanel } from "./question_panel";
import type { SessionView } from "./view";
import { WalkPanel } from "./walk_panel";

export interface AidActions {
  /** What was made so far is put away before the lease ends. */
  saveDraft(): Promise<void>;
  /** An expert was asked: the task is somebody else's to wait for. */
  asked(): void;
  loggedOut(): void;
  announce(sentence: string): void;
}

interface Aid {
  key: PageKey;
  title: string;
  toggle(): void;
}

export class Aids {
  private readonly questions: QuestionPanel;
  private readonly walk: WalkPanel;
  private readonly guide: Guide;
  private readonly answered = element("div", { role: "status" });
  private readonly buttons = element("p", { class: "actions aid-buttons" });
  private readonly api: QuestionsApi;
  private task: Assignment | null = null;
  private editor: Editor | null = null;
  private aids: Aid[] = [];

  constructor(
    private readonly view: SessionView,
    base: string,
    private readonly strings: Strings,
    private readonly actions: AidActions,
  ) {
    this.api = new QuestionsApi(base);
    this.questions = new QuestionPanel(strings, {
      selectedPlace: () => this.editor?.selectedPlace ?? null,
      closed: () => this.editor?.focusStart(),
      // Whoever is quick has sent the question, and the task is gone.
      similar: async (words) => (this.task ? this.api.similar(this.task.assignment, words) : []),
      send: (question) => this.ask(question),
    });
    this.walk = new WalkPanel(strings, (...ended) => this.onEnd(...ended));
    const announce = (sentence: string): void => actions.announce(sentence);
    this.guide = new Guide(view.controls, this.api, strings, announce);
    const panels = [this.answered, this.questions.element, this.walk.element];
    view.addAids(panels, this.buttons, this.guide.card.element);
  }

  /** The task that is on the page now. */
  show(editor: Editor, task: Assignment): void {
    this.editor = editor;
    this.task = task;
    const { label_schema: schema, trees } = task.instruction_version;
    this.questions.setTask(task.assignment, schema);
    this.walk.setTrees(trees);
    this.guide.setTask(task);
    this.answered.replaceChildren(
      ...(task.question ? [answeredNotice(task.question, this.strings)] : []),
    );
    this.aids = this.offered(editor, task);
    this.buttons.replaceChildren(...this.aids.map((aid) => button(aid)));
    const rows = this.aids.map(({ key, title }): KeyRow => [keyTitle(key), title]);
    this.view.keyHelp.setAids(rows);
  }

  /** There is no task on the page. */
  clear(): void {
    this.walk.toggle(false);
    this.questions.toggle(false);
    this.guide.hide();
    this.answered.replaceChildren();
    this.buttons.replaceChildren();
    this.aids = [];
    this.task = this.editor = null;
  }

  press(event: KeyboardEvent, names: string[]): boolean {
    if (this.walk.press(event, names)) return true;
    if (event.key === "Escape") return this.escape();
    const aid = this.aids.find(({ key }) => isPressed(key, event));
    if (aid && !event.repeat) aid.toggle();
    return aid !== undefined;
  }

  /** Ctrl+Enter means the question while one is being written. */
  send(): boolean {
    if (this.questions.isOpen) void this.questions.send();
    return this.questions.isOpen;
  }

  private escape(): boolean {
    const { questions, guide } = this;
    if (guide.card.isOpen) guide.hide();
    else if (questions.isOpen) questions.toggle(false);
    else return false;
    return true;
  }

  private offered({ keymap }: Editor, { instruction_version: version }: Assignment): Aid[] {
    const { label_schema: schema, trees } = version;
    const { strings, questions, walk, guide } = this;
    const key = (letter: string): PageKey => pageKey(letter, schema, keymap);
    const about = { key: { letter: "i", isShifted: true }, title: strings.guide };
    const walking = { key: key("t"), title: strings.walk, toggle: () => walk.toggle() };
    return [
      { key: key("q"), title: strings.question, toggle: () => questions.toggle() },
      ...(trees.length > 0 ? [walking] : []),
      { ...about, toggle: () => guide.toggle() },
    ];
  }

  private onEnd(tree: Tree, steps: Step[], end: string): void {
    const { editor, task, actions } = this;
    if (!editor || !task) return;
    const { label_schema: schema } = task.instruction_version;
    const label = classTitle(schema, tree.control, end);
    actions.announce(fill(this.strings.walk_ended, { label }));
    editor.takeWalk(tree, steps, end);
  }

  /** Says what went wrong; nothing when the question was taken. */
  private async ask(question: Question): Promise<string> {
    const { task, strings } = this;
    if (!task) return "";
    if (!navigator.onLine) return strings.question_offline;
    try {
      await this.actions.saveDraft();
      const state = await this.api.ask(task.assignment, question);
      if (task !== this.task) return "";
      if (state === "asked") this.actions.asked();
      else {
        this.questions.toggle(false);
        this.actions.announce(strings.question_duplicate);
      }
      return "";
    } catch (error) {
      return this.problemOf(error);
    }
  }

  private problemOf(error: unknown): string {
    const { question_login, question_offline } = this.strings;
    const known = error instanceof ApiError ? error : new ApiError("unreachable", "");
    if (known.trouble === "unreachable") return question_offline;
    if (known.trouble !== "login") return known.message;
    this.actions.loggedOut();
    return question_login;
  }
}

function button({ key, title, toggle }: Aid): HTMLButtonElement {
  const written = keyTitle(key).split(" ");
  const made = element(
    "button",
    { type: "button", class: "button", "aria-keyshortcuts": written.join("+") },
    title,
    element("kbd", { "aria-hidden": "true" }, written.join(" ")),
  );
  made.addEventListener("click", toggle);
  return made;
}
