/**
 * The review desk without waiting: the next task is leased, drawn and loaded while the person looks
 * at this one, and takes its place with the key that decides. The decision goes to the server
 * behind it; what the server refuses comes back. Without this script the forms work as they are.
 */

import { fill } from "../strings";
import { VisibleClock } from "./clock";
import { bindKeys, focusComment, restoreEditor } from "./desk_keys";
import { giveBack, post, type Reply } from "./desk_client";
import { WaitingLine } from "./waiting_line";

interface Decision {
  section: HTMLElement;
  address: string;
  body: FormData;
  what: string;
}

export class ReviewDesk {
  private current: HTMLElement;
  private readonly ahead = new WaitingLine<HTMLElement>((section) => nameOf(section));
  private readonly clock = new VisibleClock();
  /** Where the decisions of this visit are taken back, the last one at the end. */
  private readonly taken: string[] = [];
  private sending: Promise<void> = Promise.resolve();
  private unsent = 0;
  private failed: Decision | null = null;
  private isWaiting = false;
  /** What is to be said of the last decision, once the next task has come. */
  private said = "";

  constructor(private readonly root: HTMLElement) {
    const current = root.querySelector<HTMLElement>(".desk-task");
    if (!current) throw new Error("The desk shows no task.");
    this.current = current;
    const { action } = this.undoForm;
    if (this.undoForm.getAttribute("action")) this.taken.push(action);
    root.addEventListener("submit", (event) => this.onSubmit(event));
    this.find("[data-desk-retry]").addEventListener("click", () => this.retry());
    document.addEventListener("visibilitychange", () => this.onVisibility());
    window.addEventListener("pagehide", () => this.ahead.empty().forEach(giveBack));
    window.addEventListener("beforeunload", (event) => {
      if (this.unsent > 0) event.preventDefault();
    });
    bindKeys(root);
    this.begin();
    this.askAhead();
  }

  private onSubmit(event: SubmitEvent): void {
    const form = event.target;
    if (!(form instanceof HTMLFormElement)) return;
    if (form.matches("[data-desk-form]")) this.decide(form, event);
    else if (form.matches("[data-desk-undo]")) this.undo(event);
  }

  private decide(form: HTMLFormElement, event: SubmitEvent): void {
    event.preventDefault();
    if (this.isWaiting) return;
    const body = new FormData(form, event.submitter);
    if (body.get("reject") === "other" && !body.get("comment")) {
      focusComment(this.current);
      this.say(this.text("comment"));
      return;
    }
    body.set("dwell_ms", String(this.clock.milliseconds(performance.now())));
    const what = event.submitter?.dataset["said"] ?? "";
    this.taken.push(this.current.dataset["undo"] ?? "");
    const decision = { section: this.current, address: form.action, body, what };
    const said = this.text("decided", { what, item: itemOf(this.current) });
    this.hideProblem();
    const next = this.ahead.next();
    this.said = said;
    if (next) this.goOn(next);
    else this.wait();
    this.send(decision);
  }

  /** One after the other, so that no decision overtakes another. */
  private send(decision: Decision): void {
    this.countUnsent(1);
    this.sending = this.sending.then(async () => {
      if (!this.isWaiting) decision.body.set("showing", nameOf(this.current));
      const reply = await post(decision.address, decision.body, () =>
        this.complain(this.text("offline"), false),
      );
      this.countUnsent(-1);
      this.onReply(decision, reply);
    });
  }

  private onReply(decision: Decision, reply: Reply): void {
    switch (reply.kind) {
      case "task":
        this.hideProblem();
        return this.offer(reply.section);
      case "none":
        this.hideProblem();
        return this.offer(null);
      case "invalid":
        this.forget(decision);
        return this.bringBack(reply.section);
      case "refused": {
        this.forget(decision);
        const item = itemOf(decision.section);
        this.complain(this.text("lost", { item, message: reply.message }), false);
        return this.isWaiting ? this.askAhead() : undefined;
      }
      case "unreachable":
        this.failed = decision;
        this.countUnsent(1);
        this.complain(this.text("failed", { item: itemOf(decision.section) }), true);
    }
  }

  private retry(): void {
    const { failed } = this;
    this.failed = null;
    this.hideProblem();
    if (!failed) return;
    this.countUnsent(-1);
    this.send(failed);
  }

  /** How many decisions the server does not have yet, for whoever wants to go. */
  private countUnsent(more: number): void {
    this.unsent += more;
    this.root.dataset["unsent"] = String(this.unsent);
  }

  /** A task that is ready, or that there is none. */
  private offer(section: HTMLElement | null): void {
    if (section && nameOf(section) !== nameOf(this.current)) {
      this.ahead.add(section);
      warm(section);
    }
    if (!this.isWaiting) return;
    const next = this.ahead.next();
    if (next) this.goOn(next);
    // The answer to the last decision may still bring one.
    else if (this.unsent === 0) this.leave();
  }

  /** The form came back: it is looked at again before the one that took its place. */
  private bringBack(section: HTMLElement): void {
    if (!this.isWaiting) this.ahead.putBack(this.current);
    this.show(section, "");
  }

  private undo(event: SubmitEvent): void {
    event.preventDefault();
    const address = this.taken.pop();
    if (!address) return;
    const body = new FormData(this.undoForm);
    this.updateUndo();
    this.sending = this.sending.then(async () => {
      const reply = await post(address, body);
      if (reply.kind === "task") this.comeBack(reply.section);
      else if (reply.kind === "refused") this.complain(reply.message, false);
      else {
        this.taken.push(address);
        this.updateUndo();
      }
    });
  }

  /** Its decision was taken back; what that had put on the desk, an adjudication, has ended. */
  private comeBack(section: HTMLElement): void {
    const task = taskOf(section);
    if (!this.isWaiting) this.ahead.putBack(this.current);
    this.ahead.dropAll((entry) => taskOf(entry) === task);
    this.show(section, this.text("undone", { item: itemOf(section) }));
    if (this.ahead.length === 0) this.askAhead();
  }

  private forget({ section }: Decision): void {
    const index = this.taken.lastIndexOf(section.dataset["undo"] ?? "");
    if (index >= 0) this.taken.splice(index, 1);
    this.updateUndo();
  }

  private show(section: HTMLElement, said: string): void {
    this.isWaiting = false;
    this.root.removeAttribute("data-waiting");
    this.current.replaceWith(section);
    this.current = section;
    history.replaceState(null, "", section.dataset["address"]);
    section.focus({ preventScroll: true });
    this.say(said);
    this.updateUndo();
    this.begin();
  }

  private goOn(next: HTMLElement): void {
    this.show(next, `${this.said} ${this.text("next", { item: itemOf(next) })}`);
  }

  private wait(): void {
    this.isWaiting = true;
    this.root.toggleAttribute("data-waiting", true);
    this.current.inert = true;
    this.say(`${this.said} ${this.text("waiting")}`);
  }

  private leave(): void {
    this.say(this.text("left"));
    location.assign(this.root.dataset["home"] ?? "/");
  }

  private begin(): void {
    restoreEditor(this.current);
    requestAnimationFrame(() =>
      requestAnimationFrame(() =>
        this.clock.start(performance.now(), document.visibilityState === "visible"),
      ),
    );
  }

  private askAhead(): void {
    const { current } = this;
    const body = new FormData();
    const token = current.querySelector<HTMLInputElement>('[name="csrfmiddlewaretoken"]');
    body.set("csrfmiddlewaretoken", token?.value ?? "");
    this.sending = this.sending.then(async () => {
      const reply = await post(current.dataset["ahead"] ?? "", body);
      if (reply.kind === "task") this.offer(reply.section);
      else if (reply.kind === "none") this.offer(null);
    });
  }

  private onVisibility(): void {
    const isVisible = document.visibilityState === "visible";
    if (isVisible) this.clock.show(performance.now());
    else this.clock.hide(performance.now());
  }

  private updateUndo(): void {
    const last = this.taken.at(-1);
    this.undoForm.hidden = !last;
    if (last) this.undoForm.action = last;
  }

  private complain(sentence: string, canRetry: boolean): void {
    this.find("[data-desk-words]").textContent = sentence;
    this.find("[data-desk-problem]").hidden = false;
    this.find("[data-desk-retry]").hidden = !canRetry;
  }

  private hideProblem(): void {
    if (!this.failed) this.find("[data-desk-problem]").hidden = true;
  }

  private say(sentence: string): void {
    this.find("[data-desk-status]").textContent = sentence;
  }

  private text(name: string, values: Record<string, string> = {}): string {
    const sentence = this.root.dataset[`text${name.charAt(0).toUpperCase()}${name.slice(1)}`];
    return fill(sentence ?? "", values);
  }

  private get undoForm(): HTMLFormElement {
    return this.find<HTMLFormElement>("[data-desk-undo]");
  }

  private find<E extends HTMLElement>(selector: string): E {
    const found = this.root.querySelector<E>(selector);
    if (!found) throw new Error(`The desk has no ${selector}.`);
    return found;
  }
}

function nameOf(section: HTMLElement): string {
  return section.dataset["assignment"] ?? "";
}

function taskOf(section: HTMLElement): string {
  return section.dataset["task"] ?? "";
}

function itemOf(section: HTMLElement): string {
  return section.dataset["item"] ?? "";
}

/** Loads and decodes the image of a task that is not on the page yet. */
function warm(section: HTMLElement): void {
  const config = section.querySelector("#view-config")?.textContent;
  if (!config) return;
  const { item } = JSON.parse(config) as { item: { media_url: string | null } };
  if (!item.media_url) return;
  const picture = new Image();
  picture.src = item.media_url;
  void picture.decode().catch(() => undefined);
}
