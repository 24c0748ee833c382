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
  /** The word on its button, and what it is called in full. */
  name: string;
  title: string;
  toggle(): void;
}

export class Aids {
  private readonly questions: QuestionPanel;
  private readonly walk: WalkPanel;
  private readonly guide: Guide;
  private readonly answered = element("div", { role: "status" });
  private readonly buttons = element("span", { class: "aid-buttons" });
  private readonly api: QuestionsApi;
  private task: Assignment | null = null;
  private editor: Editor | null = null;
  private aids: Aid[] = [];
  private rows: KeyRow[] = [];

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
    this.offer(this.offered(editor, task));
  }

  /** There is no task on the page. */
  clear(): void {
    this.walk.toggle(false);
    this.questions.toggle(false);
    this.guide.hide();
    this.answered.replaceChildren();
    this.offer([]);
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
    const asking = {
      key: key("q"),
      name: strings.question_button,
      title: strings.question,
      toggle: () => questions.toggle(),
    };
    const walking = {
      key: key("t"),
      name: strings.walk_button,
      title: strings.walk,
      toggle: () => walk.toggle(),
    };
    const reading = {
      key: { letter: "i", isShifted: true },
      name: strings.guide_button,
      title: strings.guide,
      toggle: () => guide.toggle(),
    };
    return trees.length > 0 ? [asking, walking, reading] : [asking, reading];
  }

  /** The buttons stay where the next item has the same ones, and so does the focus on them. */
  private offer(aids: Aid[]): void {
    const rows = aids.map(({ key, title }): KeyRow => [keyTitle(key), title]);
    const isSame = JSON.stringify(rows) === JSON.stringify(this.rows);
    this.aids = aids;
    this.rows = rows;
    if (isSame) return;
    this.buttons.replaceChildren(...aids.map((aid) => button(aid)));
    this.view.keyHelp.setAids(rows);
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

function button({ key, name, title, toggle }: Aid): HTMLButtonElement {
  const written = keyTitle(key);
  const named = { title, "aria-label": title, "aria-keyshortcuts": written.replace(" ", "+") };
  const made = element(
    "button",
    { type: "button", class: "button button-plain", ...named },
    name,
    element("kbd", { "aria-hidden": "true" }, written),
  );
  made.addEventListener("click", toggle);
  return made;
}
