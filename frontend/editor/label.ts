/** <label-session>: pull, label, submit, next, without loading another page. */

import { ActivityTimer } from "./core/activity";
import { type Answer, unanswered } from "./core/answer";
import { keyNames } from "./core/keymap";
import { titleOf } from "./core/schema";
import { element, isTyping, readJson } from "./dom";
import { Editor } from "./editor";
import { type Assignment, AssignmentsApi, type SkipReason } from "./net/assignments";
import { Drafts } from "./net/drafts";
import { startHeartbeat } from "./net/heartbeat";
import { ApiError, renewToken } from "./net/http";
import { MediaAhead } from "./net/media";
import { Outbox } from "./net/outbox";
import { TaskQueue } from "./session/queue";
import { SessionView } from "./session/view";
import { fill, type Strings, withEnglish } from "./strings";
import { ImageSurface } from "./surfaces/image";

interface SessionConfig {
  batch: number | null;
  project: string | null;
  api: string;
  home: string;
  login?: string;
  strings?: Partial<Strings>;
}

type Phase = "loading" | "working" | "sending" | "empty";

class LabelSession extends HTMLElement {
  private phase: Phase = "loading";
  private task: Assignment | null = null;
  private editor: Editor | null = null;
  private doneCount = 0;
  private config!: SessionConfig;
  private strings!: Strings;
  private view!: SessionView;
  private api!: AssignmentsApi;
  private queue!: TaskQueue;
  private outbox!: Outbox;
  private drafts!: Drafts;
  private readonly media = new MediaAhead();
  private readonly timer = new ActivityTimer(() => performance.now());
  private leaving = new AbortController();

  connectedCallback(): void {
    this.leaving = new AbortController();
    this.config = readJson<SessionConfig>(this.dataset["config"] ?? "label-config");
    this.strings = withEnglish(this.config.strings);
    const { api, batch, project } = this.config;
    this.api = new AssignmentsApi(api, { batch, project });
    this.queue = new TaskQueue(this.api, this.media);
    this.outbox = new Outbox(this.api, () => this.onRetry());
    this.drafts = new Drafts(this.api, (id, isSaved) => this.onDraft(id, isSaved));
    this.view = new SessionView(this, this.strings, this.config.home, {
      submit: () => void this.submit(),
      skip: (reason, comment) => void this.skip(reason, comment),
      undo: () => this.editor?.undo(),
      redo: () => this.editor?.redo(),
    });
    this.listen();
    void this.advance();
  }

  disconnectedCallback(): void {
    this.leaving.abort();
    this.editor?.destroy();
  }

  private listen(): void {
    const { signal } = this.leaving;
    const touch = (): void => this.timer.touch();
    for (const name of ["pointerdown", "pointermove", "wheel", "keydown"]) {
      document.addEventListener(name, touch, { signal, passive: true, capture: true });
    }
    document.addEventListener("keydown", (event) => this.onKey(event), { signal });
    document.addEventListener("keyup", (event) => this.onKeyUp(event), { signal });
    document.addEventListener("visibilitychange", () => this.onVisibility(), { signal });
    window.addEventListener("pagehide", () => void this.drafts.flush(true), { signal });
    const ticking = setInterval(() => this.tick(), 1_000);
    const isActive = (): boolean => this.timer.isActive;
    const stopBeating = startHeartbeat(this.api, () => this.queue.held, isActive);
    signal.addEventListener("abort", () => {
      clearInterval(ticking);
      stopBeating();
    });
  }

  /** Shows the next task, or says why there is none. */
  private async advance(sentence = "", notice = ""): Promise<void> {
    this.setPhase("loading");
    try {
      const { task, reason } = await this.queue.next();
      if (task) await this.show(task, sentence, notice);
      else this.showEmpty(reason, notice);
    } catch (error) {
      this.showNextProblem(error);
    }
  }

  private async show(task: Assignment, sentence: string, notice: string): Promise<void> {
    this.editor?.destroy();
    const former = this.task?.item.media_url;
    if (former) this.media.drop(former);
    const { item, instruction_version: version } = task;
    const editor = new Editor({
      item: { ...item, media_url: null },
      schema: version.label_schema,
      answer: startAnswer(task),
      strings: this.strings,
      isEditable: true,
      goesOn: true,
      onChange: (answer) => this.onChange(answer),
      onDecided: () => void this.submit(),
      announce: (text) => this.view.setStatus(text),
    });
    this.task = task;
    this.editor = editor;
    this.view.show(editor, task);
    this.view.setStatus(task.draft ? this.strings.draft_restored : sentence, "good");
    if (notice) this.view.showNotice(notice);
    await this.loadItem(editor, task);
    this.timer.restart();
    this.tick();
    this.queue.lookAhead();
  }

  private async loadItem(editor: Editor, task: Assignment): Promise<void> {
    const { media_url: url, width, height } = task.item;
    try {
      await editor.load();
      if (url && editor.surface instanceof ImageSurface) {
        await editor.surface.load(await this.media.take(url), width, height);
      }
      this.setPhase("working");
      editor.focusStart();
    } catch {
      if (url) this.media.drop(url);
      this.setPhase("working");
      const again = this.button(this.strings.try_again, () => {
        this.view.clearNotice();
        void this.loadItem(editor, task);
      });
      this.view.showNotice(this.strings.image_failed, again);
    }
  }

  private showEmpty(reason: string, notice: string): void {
    this.setPhase("empty");
    this.task = null;
    this.editor = null;
    const again = this.button(this.strings.try_again, () => void this.advance());
    const said = [notice, reason].filter(Boolean).join(" ");
    this.view.showEmpty(this.strings.all_done, said, again);
    this.view.setStatus("");
  }

  private showNextProblem(error: unknown): void {
    this.setPhase("empty");
    const isLogin = error instanceof ApiError && error.trouble === "login";
    const refused = error instanceof ApiError && error.trouble === "refused" ? error.message : "";
    const reason = isLogin ? this.strings.login_expired : refused || this.strings.next_failed;
    const again = this.button(this.strings.try_again, () => void this.retry(() => this.advance()));
    this.view.showEmpty(
      this.strings.next_failed_title,
      reason,
      ...(isLogin ? [this.loginLink()] : []),
      again,
    );
    this.view.setStatus("");
  }

  private async submit(): Promise<void> {
    const { task, editor } = this;
    if (!task || !editor || this.phase !== "working") return;
    const { answer } = editor.document;
    const [missing] = unanswered(task.instruction_version.label_schema, answer);
    editor.mark(missing?.name ?? null);
    if (missing) {
      const sentence = fill(this.strings.required_missing, { title: titleOf(missing) });
      return this.view.setStatus(sentence, "bad");
    }
    this.setPhase("sending");
    this.view.setStatus(this.strings.sending);
    this.drafts.drop();
    this.timer.touch();
    try {
      await this.outbox.submit(task.assignment, answer, this.timer.activeMs);
      this.view.setCount((this.doneCount += 1));
      await this.advance(this.strings.saved_next);
    } catch (error) {
      await this.onProblem(error, () => this.submit());
    }
  }

  private async skip(reason: SkipReason, comment: string): Promise<void> {
    if (!this.task || this.phase !== "working") return;
    this.setPhase("sending");
    await this.drafts.flush();
    try {
      await this.api.skip(this.task.assignment, reason, comment);
      await this.advance(this.strings.skipped);
    } catch (error) {
      await this.onProblem(error, () => this.skip(reason, comment));
    }
  }

  /** Says what went wrong and what to do. The answer stays on the screen. */
  private async onProblem(error: unknown, again: () => Promise<void>): Promise<void> {
    this.view.setLocked(false);
    const known = error instanceof ApiError ? error : null;
    if (known?.trouble === "lost") {
      return this.advance("", known.message || this.strings.answer_lost_lease);
    }
    this.setPhase("working");
    this.view.setStatus("");
    const retry = this.button(this.strings.try_again, () => void this.retry(again));
    if (known?.trouble === "login") {
      this.view.showNotice(this.strings.login_expired, this.loginLink(), retry);
    } else if (known?.trouble === "unreachable") {
      this.view.showNotice(this.strings.server_busy, retry);
    } else {
      this.editor?.mark(this.controlNamed(known?.field ?? null));
      this.view.showNotice(known?.message || this.strings.page_error, retry);
    }
  }

  private async retry(again: () => Promise<void>): Promise<void> {
    this.view.clearNotice();
    await renewToken().catch(() => undefined);
    await again();
  }

  /** The control that an error path such as "answer.objects[0].box" is about. */
  private controlNamed(path: string | null): string | null {
    const within = path?.replace(/^answer\.?/u, "") ?? "";
    const controls = this.task?.instruction_version.label_schema.controls ?? [];
    const found = controls.find(
      ({ name }) =>
        within === name ||
        ([".", "["].includes(within.slice(name.length, name.length + 1)) &&
          within.startsWith(name)),
    );
    return found?.name ?? null;
  }

  private onChange(answer: Answer): void {
    const { task, editor } = this;
    if (!task || !editor || this.phase === "loading") return;
    this.view.setHistory(editor);
    editor.mark(null);
    // One key that answers everything is sent at once; a draft of it would only be in the way.
    if (!editor.isQuick && this.phase === "working") this.drafts.change(task.assignment, answer);
  }

  private onDraft(id: string, isSaved: boolean): void {
    // A draft may come home after its answer was sent.
    if (this.phase !== "working" || this.task?.assignment !== id) return;
    const { draft_saved, draft_not_saved } = this.strings;
    this.view.setStatus(isSaved ? draft_saved : draft_not_saved, isSaved ? "quiet" : "bad");
  }

  private onRetry(): void {
    this.view.setLocked(true);
    this.view.setStatus(this.strings.not_sent, "bad");
  }

  private onVisibility(): void {
    if (document.visibilityState === "visible") return this.timer.touch();
    this.timer.pause();
    void this.drafts.flush(true);
  }

  private tick(): void {
    if (this.phase === "empty") return;
    this.view.setTimer(this.timer.activeMs, this.timer.isActive);
  }

  private onKeyUp(event: KeyboardEvent): void {
    const { editor } = this;
    if (event.key === " " && editor?.surface instanceof ImageSurface)
      editor.surface.holdSpace(false);
  }

  private onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing || this.phase !== "working") return;
    if (this.takesKey(event)) event.preventDefault();
  }

  private takesKey(event: KeyboardEvent): boolean {
    const { editor, view } = this;
    const isSubmit = event.key === "Enter" && (event.ctrlKey || event.metaKey);
    if (isSubmit) return this.submitOnce(event);
    if (isTyping(event.target)) return this.leaveField(event);
    const names = keyNames(event);
    if (names.some((name) => view.skipMenu.press(name))) return true;
    if (this.isOnButton(event)) return false;
    if (this.takesPageKey(event)) return true;
    // A key held down must not answer the items that follow.
    if (editor?.isQuick && event.repeat) return true;
    if (editor?.press(event)) return true;
    if (event.key === "Enter") return this.submitOnce(event);
    if (names.includes("s") && !event.ctrlKey && !event.metaKey && !event.altKey) {
      view.skipMenu.toggle(true);
      return true;
    }
    return false;
  }

  private takesPageKey(event: KeyboardEvent): boolean {
    const { editor, view } = this;
    if (event.key === "?" || (event.key === "Escape" && view.keyHelp.isOpen)) {
      view.keyHelp.toggle();
      return true;
    }
    if (event.key !== " " || !(editor?.surface instanceof ImageSurface)) return false;
    editor.surface.holdSpace(true);
    return true;
  }

  private submitOnce(event: KeyboardEvent): boolean {
    if (!event.repeat) void this.submit();
    return true;
  }

  private leaveField(event: KeyboardEvent): boolean {
    if (event.key !== "Escape" || !(event.target instanceof HTMLElement)) return false;
    if (this.view.skipMenu.isOpen) this.view.skipMenu.toggle(false);
    else event.target.blur();
    return true;
  }

  /** Enter and Space press a focused button or link; on an option, Enter still submits. */
  private isOnButton({ target, key }: KeyboardEvent): boolean {
    if (!(target instanceof Element) || (key !== "Enter" && key !== " ")) return false;
    if (!target.closest("button, a[href], input, select")) return false;
    const isChosen = target.closest('[data-option][aria-pressed="true"]') !== null;
    return key === " " || !isChosen;
  }

  private setPhase(phase: Phase): void {
    this.phase = phase;
    if (phase === "loading") this.view.showLoading();
    else if (phase !== "empty") this.view.setSending(phase === "sending");
    if (phase !== "sending") this.view.setLocked(false);
  }

  private button(title: string, press: () => void): HTMLButtonElement {
    const button = element("button", { type: "button", class: "button" }, title);
    button.addEventListener("click", press);
    return button;
  }

  private loginLink(): HTMLAnchorElement {
    const href = this.config.login ?? this.config.home;
    const attributes = { class: "button button-primary", href, target: "_blank", rel: "noopener" };
    return element("a", attributes, this.strings.login);
  }
}

/** The draft first; work that came back starts from the person's earlier answer. */
function startAnswer(task: Assignment): Answer {
  return task.draft ?? task.feedback?.answer ?? {};
}

customElements.define("label-session", LabelSession);
