/** The keys of the desk that a [data-key] alone cannot say, and where the focus goes with them. */

import { readJsonIfThere } from "../dom";
import { AnswerEditor } from "./answer_editor";
import type { PointedObject } from "./answer_marks";
import { AnswerView } from "./answer_view";

export function bindKeys(root: HTMLElement): void {
  root.addEventListener("toggle", onToggle, { capture: true });
  root.addEventListener("keydown", onKey);
  root.addEventListener("click", (event) => {
    if (event.target instanceof Element) onSummary(event.target);
    const button = event.target instanceof Element && event.target.closest("[data-desk-step]");
    if (button instanceof HTMLElement) step(root, Number(button.dataset["deskStep"]));
  });
  root.addEventListener("focusin", (event) => point(root, event.target));
  root.addEventListener("answer-change", () => {
    const own = root.querySelector<HTMLInputElement>("[data-desk-own]");
    if (own) own.checked = true;
  });
}

export function focusComment(section: HTMLElement): void {
  section.querySelector<HTMLTextAreaElement>('[name="comment"]')?.focus();
}

/** A details element that is open already, after a refusal, takes its keys at once. */
export function restoreEditor(section: HTMLElement): void {
  const reject = section.querySelector<HTMLDetailsElement>("[data-desk-reject]");
  if (reject?.open) giveDigits(reject, true);
}

/** At once: "toggle" comes only later, and the digit after the `r` must not store a class. */
function onSummary(target: Element): void {
  const reject = target.closest("summary")?.closest<HTMLDetailsElement>("[data-desk-reject]");
  if (reject) giveDigits(reject, !reject.open);
}

function onToggle(event: Event): void {
  const { target } = event;
  if (!(target instanceof HTMLDetailsElement)) return;
  if (target.matches("[data-desk-reject]")) {
    giveDigits(target, target.open);
    // Who was quicker is in the comment by now.
    const isWriting = document.activeElement?.matches("textarea") ?? false;
    if (target.open && !isWriting) target.querySelector<HTMLElement>("fieldset button")?.focus();
  }
  if (target.matches("[data-desk-edit]") && target.open) {
    // The editor is built by the same event, after this.
    requestAnimationFrame(() => {
      startFromChosen(target);
      target.querySelector<HTMLElement>(".stage-canvas, .text-page")?.focus();
    });
  }
}

/** While reasons are shown, digits mean reasons; otherwise classes or answers. */
function giveDigits(reject: HTMLDetailsElement, isShown: boolean): void {
  const others = reject.closest(".desk-task")?.querySelector("[data-desk-keys]");
  others?.toggleAttribute("disabled", isShown);
}

/** Who chose an answer goes on from it, as long as nothing was changed. */
function startFromChosen(edit: HTMLDetailsElement): void {
  const form = edit.closest("form");
  const own = form?.querySelector<HTMLInputElement>("[data-desk-own]");
  const editor = edit.querySelector("answer-editor");
  if (!form || !own || !(editor instanceof AnswerEditor)) return;
  const chosen = new FormData(form).get("chosen");
  const number = typeof chosen === "string" && /^\d+$/u.test(chosen) ? Number(chosen) : null;
  if (number !== null) editor.startFrom(number);
  own.checked = true;
}

function onKey(event: KeyboardEvent): void {
  const { target } = event;
  if (!(target instanceof HTMLElement)) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const section = target.closest(".desk-task");
    const button = target.matches("textarea")
      ? section?.querySelector<HTMLElement>('[data-desk-reject][open] [value="other"]')
      : target.closest("answer-editor") && section?.querySelector<HTMLElement>("[data-desk-fix]");
    if (!button) return;
    event.preventDefault();
    button.click();
  }
  const open = event.key === "Escape" && target.closest<HTMLDetailsElement>("[data-desk-reject]");
  if (open && open.open) {
    event.preventDefault();
    open.open = false;
    open.querySelector("summary")?.focus();
  }
}

/** The disputed object that has the focus stands out in the picture. */
function point(root: HTMLElement, target: EventTarget | null): void {
  const view = root.querySelector("answer-view");
  const dispute = target instanceof Element && target.closest<HTMLElement>("[data-dispute]");
  if (!(view instanceof AnswerView)) return;
  const objects = readJsonIfThere<PointedObject[]>("disputes-config") ?? [];
  view.point(dispute ? (objects[Number(dispute.dataset["dispute"])] ?? null) : null);
}

/** The focus on to the chosen answer of the next disputed object, around at the end. */
function step(root: HTMLElement, by: number): void {
  const disputes = [...root.querySelectorAll<HTMLElement>("[data-dispute]")];
  const now = disputes.findIndex((dispute) => dispute.contains(document.activeElement));
  const start = now < 0 && by < 0 ? 0 : now;
  const next = disputes[(start + by + disputes.length) % disputes.length];
  next?.querySelector<HTMLElement>("input:checked")?.focus();
  next?.scrollIntoView({ block: "nearest" });
}
