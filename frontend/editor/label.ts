/** <label-session>: pull, label, submit, next. The next task never waits for the line. */

import { ActivityTimer, type Clocks } from "./core/activity";
import type { Answer } from "./core/answer";
import { Pace } from "./core/pace";
import { randomUuid } from "./core/uuid";
import { readJson } from "./dom";
import type { Editor } from "./editor";
import { type Assignment, AssignmentsApi, type SkipReason } from "./net/assignments";
import { Drafts } from "./net/drafts";
import { startHeartbeat } from "./net/heartbeat";
import { ApiError, renewToken } from "./net/http";
import { MediaAhead } from "./net/media";
import { type Action, Outbox } from "./net/outbox";
import type { ReportReason } from "./net/reports";
import { openStore } from "./net/store";
import { showAlive } from "./net/tabs";
import { Aids } from "./session/aids";
import { watchAttention } from "./session/attention";
import { Checks } from "./session/checks";
import { controlNamed } from "./session/error_place";
import { Explained } from "./session/explained";
import { type Done, History } from "./session/history";
import { SessionKeys } from "./session/keys";
import { Notices } from "./session/notices";
import { TaskQueue } from "./session/queue";
import { Suggested } from "./session/suggested";
import { SessionView } from "./session/view";
import { NextWorkplace, Workplace } from "./session/workplace";
import { type Strings, withEnglish } from "./strings";

interface SessionConfig {
  /** Whose page this is; what is kept on the device belongs to this person. */
  person: string;
  batch: number | null;
  project: string | null;
  api: string;
  home: string;
  login?: string;
  own_answers?: string;
  strings?: Partial<Strings>;
}

type Phase = "loading" | "working" | "empty";

const RETRY_MS = 5_000;

class LabelSession extends HTMLElement {
  private phase: Phase = "loading";
  private place: Workplace | null = null;
  /** The place whose item is to be seen. */
  private begun: Workplace | null = null;
  private shownAt = 0;
  private doneCount = 0;
  private isWaiting = false;
  private config!: SessionConfig;
  private strings!: Strings;
  private view!: SessionView;
  private notices!: Notices;
  private checks!: Checks;
  private aids!: Aids;
  private api!: AssignmentsApi;
  private queue!: TaskQueue;
  private outbox!: Outbox;
  private drafts!: Drafts;
  private suggested!: Suggested;
  private explained!: Explained;
  private readonly media = new MediaAhead();
  private readonly pace = new Pace();
  private readonly timer = new ActivityTimer(() => performance.now());
  private readonly next = new NextWorkplace((task) => this.workplace(task));
  private readonly history = new History((task) => this.forgetMedia(task));
  private leaving = new AbortController();

  connectedCallback(): void {
    this.leaving = new AbortController();
    this.config = readJson<SessionConfig>(this.dataset["config"] ?? "label-config");
    this.strings = withEnglish(this.config.strings);
    this.checks = new Checks(this.strings);
    const { api, batch, project } = this.config;
    this.api = new AssignmentsApi(api, { batch, project });
    const addresses = { ...this.config, inbox: this.dataset["inbox"] };
    this.view = new SessionView(this, this.strings, addresses, {
      submit: () => this.submit(),
      skip: (reason, comment) => this.skip(reason, comment),
      report: (reason, comment) => this.report(reason, comment),
      undo: () => this.undo(),
      redo: () => this.editor?.redo(),
      read: (isOpen) => this.timer.setReading(isOpen),
    });
    const { login = this.config.home } = this.config;
    this.notices = new Notices(this.view, this.strings, login, () => void this.retry());
    this.suggested = new Suggested(this.strings, {
      announce: (sentence) => this.view.setStatus(sentence),
      submit: () => this.submit(),
      change: () => this.undo(),
    });
    this.aids = new Aids(this.view, api, this.strings, {
      saveDraft: () => this.drafts.flush(),
      asked: () => this.onAsked(),
      loggedOut: () => this.notices.loginExpired(),
      announce: (sentence) => this.view.setStatus(sentence),
    });
    this.explained = new Explained(this.strings, (id) => this.api.explanation(id));
    this.view.addTold(this.explained.element);
    this.setPhase("loading");
    void this.start();
  }

  disconnectedCallback(): void {
    this.leaving.abort();
    this.next.drop();
    this.leaveTask();
  }

  private async start(): Promise<void> {
    const store = await openStore(this.config.person);
    this.outbox = new Outbox(store, this.api, {
      changed: () => this.onOutbox(),
      sent: (action, isExplained) => this.onSent(action, isExplained),
      failed: (action, error) => this.onFailed(action, error),
    });
    this.drafts = new Drafts(store, this.api, (id, isSaved) => this.onDraft(id, isSaved));
    this.queue = new TaskQueue(this.api, this.media, this.pace, {
      isKnown: (task) => this.isKnown(task),
      count: () => this.outbox.waiting + (this.task ? 1 : 0),
    });
    await Promise.all([this.drafts.restore(), this.outbox.restore()]);
    showAlive();
    this.listen();
    await this.waitForTask();
  }

  private listen(): void {
    const { signal } = this.leaving;
    const attention = {
      input: () => this.timer.touch(),
      hidden: () => this.onHidden(),
      shown: () => this.onShown(),
      left: () => this.onLeave(),
    };
    watchAttention(attention, signal);
    new SessionKeys(this.view, {
      editor: () => (this.phase === "working" ? this.editor : null),
      suggested: () => this.suggested,
      aids: () => this.aids,
      explained: () => this.explained,
      submit: () => this.submit(),
      undo: () => this.undo(),
    }).listen(signal);
    window.addEventListener("online", () => this.onOnline(), { signal });
    const ticking = setInterval(() => this.tick(), 1_000);
    const retrying = setInterval(() => this.retryIfEmpty(), RETRY_MS);
    const beat = (): void => {
      for (const id of this.held()) this.api.heartbeat(id).catch(() => undefined);
    };
    const stopBeating = startHeartbeat(beat, () => this.timer.isActive);
    signal.addEventListener("abort", () => {
      this.outbox.stop();
      clearInterval(ticking);
      clearInterval(retrying);
      stopBeating();
    });
  }

  /** The leases of this page: the task on it, and those that wait. */
  private held(): string[] {
    return this.task ? [this.task.assignment, ...this.queue.held] : this.queue.held;
  }

  private isKnown({ assignment, task, feedback }: Assignment): boolean {
    if (this.task?.assignment === assignment || this.outbox.holds(assignment)) return true;
    // What comes back to be mended is work anew.
    return !feedback && this.outbox.hasAnswered(task);
  }

  private get task(): Assignment | null {
    return this.place?.task ?? null;
  }

  private get editor(): Editor | null {
    return this.place?.editor ?? null;
  }

  /** Shows the next task, which is usually there; else waits for it, and then says `later`. */
  private advance(sentence = "", later = ""): void {
    const task = this.queue.take();
    if (!task) return void this.waitForTask(later);
    this.show(task, sentence);
    this.refill();
  }

  private async waitForTask(sentence = ""): Promise<void> {
    this.leaveTask();
    this.aids.clear();
    this.setPhase("loading");
    this.view.setStatus(this.strings.loading);
    this.isWaiting = false;
    try {
      const reason = await this.queue.refill();
      if (this.task) return;
      const task = this.queue.take();
      if (!task) return this.showEmpty(reason, sentence);
      this.show(task, sentence);
      this.refill();
    } catch (error) {
      if (!this.task) this.showNextProblem(error);
    }
  }

  /** Trouble shows when the next task is wanted: then it is asked for again. */
  private refill(): void {
    const prepare = (): void => this.prepareNext();
    this.queue.refill().then(prepare, () => undefined);
  }

  private prepareNext(): void {
    if (this.begun === this.place) this.next.prepare(() => this.queue.first);
  }

  private leaveTask(): void {
    this.place?.leave();
    this.place = null;
  }

  /** Where a task is done; `former` is the answer that is taken up again. */
  private workplace(task: Assignment, former?: Done): Workplace {
    const draft = this.drafts.of(task);
    return new Workplace(task, this.media, {
      answer: former?.answer ?? draft ?? task.feedback?.answer ?? {},
      strings: this.strings,
      onChange: (answer) => this.onChange(task, answer),
      onDecided: () => this.submit(),
      announce: (text) => this.view.setStatus(text),
    });
  }

  /** Puts a task on the page. */
  private show(task: Assignment, sentence: string, former?: Done): void {
    this.leaveTask();
    const prepared = former ? null : this.next.take(task);
    const place = prepared ?? this.workplace(task, former);
    this.place = place;
    const { editor } = place;
    const isRestored = !former && this.drafts.of(task) !== null;
    editor.enter(!former && !isRestored && !task.feedback);
    this.view.show(editor, task, this.suggested.show(editor, task));
    this.aids.show(editor, task);
    this.setHistory();
    this.view.setStatus(isRestored ? this.strings.draft_restored : sentence, "good");
    this.timer.restart(former?.clocks);
    this.shownAt = performance.now();
    this.tick();
    place.watch((fill) => {
      if (fill === "waiting") this.setPhase("loading");
      else this.begin(place);
      if (fill === "cut" || fill === "failed") this.showImageProblem(place, fill);
    });
  }

  private showImageProblem(place: Workplace, fill: "cut" | "failed"): void {
    if (fill === "failed") place.showProblem(this.strings.image_broken);
    this.notices.imageTrouble(fill, () => place.reload());
  }

  private begin(place: Workplace): void {
    if (this.begun === place) return;
    this.begun = place;
    this.setPhase("working");
    place.editor.focusStart();
    this.prepareNext();
  }

  private showEmpty(reason: string, sentence: string): void {
    this.setPhase("empty");
    // What is on its way may open more work, or is what the server still counts as ours.
    this.isWaiting = this.outbox.waiting > 0;
    this.notices.allDone(this.isWaiting && !reason ? this.strings.sending : reason);
    this.setHistory();
    this.view.setStatus(sentence, "good");
  }

  private showNextProblem(error: unknown): void {
    this.setPhase("empty");
    this.isWaiting = true;
    this.notices.noNext(error, this.outbox.waiting);
    this.setHistory();
    this.view.setStatus("");
  }

  private submit(): void {
    const { task, editor } = this;
    if (!task || !editor || this.phase !== "working") return;
    if (!editor.finish()) return;
    const complaint = this.checks.complaint(task, editor);
    if (complaint !== null) return this.view.setStatus(complaint, "bad");
    const { answer } = editor;
    // What a notice said was read while this answer was made.
    this.view.clearNotice();
    this.explained.close();
    const clocks = this.stopClocks();
    this.history.push({ task, answer, clocks });
    const submission = { request_id: randomUuid(), answer, ...clocks };
    const { assignment, task: id } = task;
    const action = { kind: "submit", assignment, task: id, submission } as const;
    void this.outbox.push(action).then(() => this.view.setCount((this.doneCount += 1)));
    this.drafts.drop(assignment);
    const said = this.suggested.after(task, editor.document.answer);
    this.advance(this.strings.saved_next);
    if (said) this.view.showNote(said);
  }

  private report(reason: ReportReason, comment: string): void {
    this.giveUp((assignment) => ({ kind: "report", assignment, reason, comment }));
  }

  private skip(reason: SkipReason, comment: string): void {
    this.giveUp((assignment) => ({ kind: "skip", assignment, reason, comment }));
  }

  private giveUp(action: (assignment: string) => Action): void {
    const { task } = this;
    if (!task || this.phase !== "working") return;
    this.stopClocks();
    void this.drafts.flush();
    void this.outbox.push(action(task.assignment));
    this.advance(this.strings.skipped);
  }

  /** The lease is over; the server keeps the draft until the answer is there. */
  private onAsked(): void {
    if (this.task) this.drafts.drop(this.task.assignment);
    this.stopClocks();
    this.advance(this.strings.question_asked, this.strings.question_asked);
  }

  private stopClocks(): Clocks {
    this.timer.touch();
    this.pace.itemDone(performance.now() - this.shownAt);
    return this.timer.clocks;
  }

  /** Undoes a step in this item; when there is none, takes the last answer back. */
  private undo(): void {
    const { editor } = this;
    if (editor?.document.canUndo && !editor.isQuick) return editor.undo();
    const done = this.history.pop();
    if (!done) return this.view.setStatus(this.strings.nothing_to_undo);
    if (this.task) this.queue.putBack(this.task);
    const { assignment, task } = done.task;
    if (!this.outbox.drop(assignment)) void this.outbox.push({ kind: "undo", assignment, task });
    this.view.setCount((this.doneCount = Math.max(0, this.doneCount - 1)));
    this.view.clearNotice();
    this.explained.forget(assignment);
    this.show(done.task, this.strings.taken_back, done);
  }

  private onOutbox(): void {
    this.view.setUnsent(this.outbox.waiting, this.outbox.halt);
    if (this.outbox.halt === "login" && this.phase !== "empty") this.notices.loginExpired();
  }

  private onSent({ assignment }: Action, isExplained: boolean): void {
    if (isExplained) void this.explained.tell(assignment);
    if (this.isWaiting && this.outbox.waiting === 0) void this.waitForTask();
  }

  /** The server will not take something that was done here. */
  private onFailed(action: Action, error: ApiError): void {
    if (action.kind === "skip" || action.kind === "report" || error.code === "withdrawn") return;
    const message = error.message || this.strings.answer_lost_lease;
    if (action.kind === "undo") {
      if (this.task?.assignment === action.assignment) this.advance();
      return this.view.showNotice(message);
    }
    const done = this.history.remove(action.assignment);
    this.view.setCount((this.doneCount = Math.max(0, this.doneCount - 1)));
    if (error.trouble === "refused" && done) return this.bringBack(done, error);
    this.view.showNotice(message);
  }

  /** An answer that breaks a rule comes back at once, with the sentence and the place. */
  private bringBack(done: Done, error: ApiError): void {
    if (this.task) this.queue.putBack(this.task);
    this.show(done.task, "", done);
    const { controls } = done.task.instruction_version.label_schema;
    this.editor?.mark(controlNamed(controls, error.field));
    this.view.showNotice(error.message || this.strings.page_error);
  }

  /** After a new login in another tab. */
  private async retry(): Promise<void> {
    this.view.clearNotice();
    const isSame = await renewToken((page) => this.isOwn(page)).catch(() => true);
    if (!isSame) return this.view.showNotice(this.strings.other_person);
    this.outbox.resume();
    if (this.phase === "empty") await this.waitForTask();
  }

  private isOwn(page: Document): boolean {
    const config = page.getElementById("label-config")?.textContent ?? "{}";
    return (JSON.parse(config) as Partial<SessionConfig>).person === this.config.person;
  }

  private onOnline(): void {
    this.outbox.resume();
    this.retryIfEmpty();
  }

  private retryIfEmpty(): void {
    const isVisible = document.visibilityState === "visible";
    if (this.phase === "empty" && this.isWaiting && isVisible) void this.waitForTask();
  }

  private onChange(task: Assignment, answer: Answer): void {
    const { editor } = this;
    if (task !== this.task || !editor) return;
    this.setHistory();
    this.suggested.update();
    editor.mark(null);
    // One key that answers everything is sent at once; a draft of it would only be in the way.
    if (!editor.isQuick && this.phase === "working") this.drafts.change(task.assignment, answer);
  }

  private onDraft(id: string, isSaved: boolean): void {
    if (this.phase !== "working" || this.task?.assignment !== id) return;
    if (isSaved) this.view.mention(this.strings.draft_saved);
    else this.view.setStatus(this.strings.draft_not_saved, "bad");
  }

  private onShown(): void {
    this.timer.touch();
    if (this.outbox.halt) void this.retry();
  }

  private onHidden(): void {
    this.timer.pause();
    void this.drafts.flush(true);
  }

  /** What was fetched ahead and never seen goes back to everybody else. */
  private onLeave(): void {
    void this.drafts.flush(true);
    for (const id of this.queue.held) this.api.release(id).catch(() => undefined);
  }

  private forgetMedia({ item }: Assignment): void {
    for (const url of [item.media_url, item.thumbnail_url, item.full_url]) {
      if (url) this.media.drop(url);
    }
  }

  private tick(): void {
    if (this.phase === "empty") return;
    this.view.setTimer(this.timer.clocks.active_ms, this.timer.isActive);
  }

  private setHistory(): void {
    this.view.setHistory(this.editor, this.history.length > 0);
  }

  private setPhase(phase: Phase): void {
    this.phase = phase;
    this.view.setPhase(phase);
  }
}

customElements.define("label-session", LabelSession);
