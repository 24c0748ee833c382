/** [data-confirm="Question?"] on a form, button or link: asks in a dialog before it goes on. */

import { closest, word } from "./words";

const confirmed = new WeakSet<HTMLElement>();

export function bindConfirm(): void {
  // In the capture phase, so that the question comes before htmx or the browser acts.
  document.addEventListener("click", onClick, true);
  document.addEventListener("submit", onSubmit, true);
}

function onClick(event: MouseEvent): void {
  const target = closest(event, "[data-confirm]:not(form)");
  if (!target || confirmed.delete(target)) return;
  halt(event);
  void askBefore(target).then((isSure) => {
    if (!isSure) return;
    confirmed.add(target);
    target.click();
  });
}

function onSubmit(event: SubmitEvent): void {
  const form = closest(event, "form[data-confirm]");
  if (!(form instanceof HTMLFormElement) || confirmed.delete(form)) return;
  halt(event);
  const { submitter } = event;
  void askBefore(form).then((isSure) => {
    if (!isSure) return;
    confirmed.add(form);
    form.requestSubmit(submitter);
  });
}

function halt(event: Event): void {
  event.preventDefault();
  event.stopImmediatePropagation();
}

function askBefore({ dataset }: HTMLElement): Promise<boolean> {
  return ask(dataset["confirm"] ?? "", dataset["confirmLabel"] ?? word("confirm"));
}

export function ask(sentence: string, goOnTitle: string): Promise<boolean> {
  const dialog = document.createElement("dialog");
  dialog.className = "confirm-dialog";
  const question = document.createElement("p");
  question.id = "confirm-question";
  question.textContent = sentence;
  dialog.setAttribute("aria-labelledby", question.id);
  const goOn = choice(goOnTitle, "yes", "btn btn-danger");
  const cancel = choice(word("cancel"), "", "btn");
  const form = document.createElement("form");
  form.method = "dialog";
  form.append(cancel, goOn);
  dialog.append(question, form);
  document.body.append(dialog);
  dialog.showModal();
  cancel.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

function choice(title: string, value: string, name: string): HTMLButtonElement {
  const button = document.createElement("button");
  button.value = value;
  button.className = name;
  button.textContent = title;
  return button;
}
