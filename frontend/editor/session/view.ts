/** The labeling page around the editor: header, panel, bottom bar, notices. */

import type { Editor } from "../editor";
import type { Assignment, SkipReason } from "../net/assignments";
import { element, icon, iconButton } from "../dom";
import { fill, type Strings } from "../strings";
import type { Halt } from "../net/outbox";
import type { ReportReason } from "../net/reports";
import { KeyHelp } from "./key_help";
import { ReadingPanel } from "./reading";
import { SkipMenu } from "./skip_menu";
import { StatusLine } from "./status_line";

export interface ViewActions {
  submit(): void;
  skip(reason: SkipReason, comment: string): void;
  report(reason: ReportReason, comment: string): void;
  undo(): void;
  redo(): void;
  /** The instructions were opened or closed. */
  read(isOpen: boolean): void;
}

export interface Addresses {
  home: string;
  own_answers?: string | undefined;
  inbox?: string | undefined;
}

export type Tone = "quiet" | "good" | "bad";

export class SessionView {
  readonly skipMenu: SkipMenu;
  readonly keyHelp: KeyHelp;
  private readonly batch = element("p", { class: "session-batch", dir: "auto" });
  readonly reading: ReadingPanel;
  private readonly instructions: HTMLButtonElement;
  private readonly unsent = element("span", { class: "session-unsent", hidden: true });
  private readonly stage = element("main", { class: "session-stage" });
  private readonly notices = element("div", { class: "notices", role: "alert" });
  /** Where the questions of the item stand. */
  readonly controls = element("div", { class: "session-work" });
  private readonly submitButton: HTMLButtonElement;
  private readonly panel: HTMLElement;
  private readonly status = element("p", { class: "session-status", role: "status" });
  private readonly statusLine = new StatusLine((sentence, tone) => {
    this.status.textContent = sentence;
    this.status.dataset["tone"] = tone;
  });
  private readonly count = element("span", { class: "session-count" });
  private readonly timer = element("span", { class: "session-timer" });
  private readonly undoButton: HTMLButtonElement;
  private readonly redoButton: HTMLButtonElement;

  constructor(
    private readonly host: HTMLElement,
    private readonly strings: Strings,
    private readonly addresses: Addresses,
    actions: ViewActions,
  ) {
    this.skipMenu = new SkipMenu(strings, actions);
    this.keyHelp = new KeyHelp(strings);
    this.reading = new ReadingPanel(strings, (isOpen) => actions.read(isOpen));
    this.instructions = element(
      "button",
      { type: "button", class: "button button-plain", "aria-keyshortcuts": "i", hidden: true },
      icon("book"),
      strings.instructions,
      element("kbd", { "aria-hidden": "true" }, "i"),
    );
    this.instructions.addEventListener("click", () => this.reading.toggle());
    this.submitButton = element(
      "button",
      { type: "button", class: "button button-primary session-submit" },
      strings.submit,
      element("kbd", { "aria-hidden": "true" }, "Enter"),
    );
    this.submitButton.addEventListener("click", () => actions.submit());
    this.undoButton = iconButton("undo", `${strings.undo} (z)`, () => actions.undo());
    this.redoButton = iconButton("redo", `${strings.redo} (Ctrl Shift Z)`, () => actions.redo());
    this.panel = element(
      "aside",
      { class: "session-panel", "aria-label": strings.answers, tabindex: -1 },
      this.notices,
      this.controls,
      this.submitButton,
    );
    host.replaceChildren(
      this.header(),
      this.stage,
      this.panel,
      this.bar(),
      this.keyHelp.element,
      this.reading.element,
    );
    this.setCount(0);
    this.setUnsent(0, null);
  }

  /** What helps to decide: panels above the questions, buttons in the bar, a card over the stage. */
  addAids(panels: HTMLElement[], buttons: HTMLElement, card: HTMLElement): void {
    this.controls.before(...panels);
    this.skipMenu.element.before(buttons);
    this.host.append(card);
  }

  /** What is told beside the questions, above them. */
  addTold(place: HTMLElement): void {
    this.controls.before(place);
  }

  /** Puts an item and its questions on the page. */
  show(editor: Editor, task: Assignment, suggestion: HTMLElement | null): void {
    const purpose = task.batch.purpose && element("span", {}, task.batch.purpose);
    this.batch.replaceChildren(
      element("strong", {}, task.batch.name),
      this.urgency(task.batch),
      purpose || "",
    );
    if (task.instructions_url) this.reading.setSource(task.instructions_url);
    this.instructions.hidden = !task.instructions_url;
    this.stage.replaceChildren(editor.surface.element);
    const hadFocus = this.controls.contains(document.activeElement);
    this.controls.replaceChildren(...this.feedback(task), suggestion ?? "", editor.panel);
    // Who works with the Tab key goes on from here, not from the top of the page.
    if (hadFocus) this.panel.focus({ preventScroll: true });
    this.submitButton.hidden = editor.isQuick;
    this.panel.scrollTop = 0;
    this.keyHelp.setItem(task.instruction_version.label_schema.controls, task.item.type);
  }

  /** Whether the work is urgent, and until when; nothing for work without a date. */
  private urgency(batch: Assignment["batch"]): HTMLElement | "" {
    const due =
      batch.due_at && new Date(batch.due_at).toLocaleDateString(document.documentElement.lang);
    const words = [
      batch.lane === "expedite" ? this.strings.lane_expedite : "",
      due ? fill(this.strings.lane_due, { date: due }) : "",
    ].filter(Boolean);
    return words.length ? element("em", { class: "session-lane" }, words.join(" · ")) : "";
  }

  /** The page without a task: a sentence and the next step. */
  showEmpty(title: string, reason: string, ...actions: HTMLElement[]): void {
    const link = element(
      "a",
      { class: "button button-primary", href: this.addresses.home },
      this.strings.back_home,
    );
    const card = element(
      "div",
      { class: "session-empty" },
      element("h2", {}, title),
      reason ? element("p", { dir: "auto" }, reason) : null,
      element("p", { class: "actions" }, ...actions, link),
    );
    this.stage.replaceChildren(card);
    this.controls.replaceChildren();
    this.notices.replaceChildren();
  }

  setPhase(phase: "loading" | "working" | "empty"): void {
    this.host.dataset["phase"] = phase;
    this.host.setAttribute("aria-busy", String(phase === "loading"));
  }

  /** How many actions wait to be sent, and why. */
  setUnsent(count: number, halt: Halt): void {
    const { unsent_offline, unsent_login, unsent } = this.strings;
    const sentence = halt === "offline" ? unsent_offline : halt === "login" ? unsent_login : unsent;
    this.host.dataset["unsent"] = String(count);
    this.unsent.hidden = count === 0;
    this.unsent.classList.toggle("is-halted", halt !== null);
    this.unsent.textContent = fill(sentence, { count });
  }

  setStatus(sentence: string, tone: Tone = "quiet"): void {
    this.statusLine.say(sentence, tone);
  }

  /** What takes the place of nothing that is being read. */
  mention(sentence: string): void {
    this.statusLine.mention(sentence);
  }

  /** A problem with its remedy; stays until the next item or until it is solved. */
  showNotice(sentence: string, ...actions: HTMLElement[]): void {
    const row = actions.length > 0 && element("p", { class: "actions" }, ...actions);
    this.notices.replaceChildren(
      element("div", { class: "notice" }, element("p", { dir: "auto" }, sentence), row || ""),
    );
    this.panel.scrollTop = 0;
  }

  /** Something to look at, which stands in nobody's way. */
  showNote(note: HTMLElement): void {
    this.notices.replaceChildren(note);
  }

  clearNotice(): void {
    this.notices.replaceChildren();
  }

  setCount(count: number): void {
    this.count.textContent = fill(this.strings.done_count, { count });
  }

  setTimer(activeMs: number, isActive: boolean): void {
    const seconds = Math.floor(activeMs / 1000);
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    const state = isActive ? this.strings.active : this.strings.idle;
    this.timer.textContent = isActive ? clock : `${clock} (${state})`;
    this.timer.classList.toggle("is-active", isActive);
    this.timer.title = `${this.strings.timer}: ${state}`;
  }

  /** Steps of this item can be undone, and then the answers before it. */
  setHistory(editor: Editor | null, hasFormer: boolean): void {
    this.undoButton.disabled = !editor?.document.canUndo && !hasFormer;
    this.redoButton.disabled = !editor?.document.canRedo;
  }

  private header(): HTMLElement {
    const { strings } = this;
    const homeLink = element(
      "a",
      { class: "icon-button", href: this.addresses.home, title: strings.back_home },
      icon("home"),
    );
    homeLink.setAttribute("aria-label", strings.back_home);
    const keys = element(
      "button",
      { type: "button", class: "button button-plain", "aria-keyshortcuts": "?" },
      icon("keyboard"),
      strings.keys,
      element("kbd", { "aria-hidden": "true" }, "?"),
    );
    keys.addEventListener("click", () => this.keyHelp.toggle());
    return element(
      "header",
      { class: "session-header" },
      homeLink,
      this.batch,
      this.instructions,
      this.link(this.addresses.own_answers, strings.own_answers),
      this.link(this.addresses.inbox, strings.inbox),
      keys,
    );
  }

  private link(href: string | undefined, title: string): HTMLElement | null {
    return href ? element("a", { class: "button button-plain", href }, title) : null;
  }

  private bar(): HTMLElement {
    const history = element("span", { class: "session-history" }, this.undoButton, this.redoButton);
    return element(
      "footer",
      { class: "session-bar" },
      this.count,
      this.unsent,
      this.timer,
      this.status,
      history,
      this.skipMenu.element,
    );
  }

  private feedback({ feedback }: Assignment): HTMLElement[] {
    if (!feedback) return [];
    const { strings } = this;
    const comment = feedback.comment && element("p", { dir: "auto" }, feedback.comment);
    const banner = element(
      "section",
      { class: "feedback", "aria-label": strings.feedback },
      element("h2", {}, strings.feedback),
      element("p", { dir: "auto" }, element("strong", {}, feedback.reason)),
      comment || "",
      element("p", { class: "control-hint" }, strings.rework_hint),
    );
    return [banner];
  }
}
