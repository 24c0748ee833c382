/** The grid's two dialogs: a list of things to choose from by key, and the list of all keys. */

import { element } from "../dom";

export interface Choice {
  key: string;
  title: string;
  act(): void;
}

/** One button a choice; its key presses it, Escape leaves all as it was. */
export function chooseFrom(title: string, choices: Choice[]): void {
  const buttons = choices.map(({ key, title: name }) =>
    element(
      "button",
      { class: "grid-button", value: key },
      name,
      element("kbd", { "aria-hidden": "true" }, key),
    ),
  );
  const form = element("form", { method: "dialog", class: "grid-dialog-rows" }, ...buttons);
  const dialog = open(title, form);
  dialog.addEventListener("keydown", (event) => {
    if (choices.some(({ key }) => key === event.key)) dialog.close(event.key);
    // The page must not take the key for one of its own.
    event.stopPropagation();
  });
  dialog.addEventListener("close", () =>
    choices.find(({ key }) => key === dialog.returnValue)?.act(),
  );
}

/** Rows of key and meaning. */
export function showKeyList(title: string, close: string, rows: [string, string][]): void {
  const list = element(
    "dl",
    { class: "grid-dialog-keys" },
    ...rows.flatMap(([key, meaning]) => [
      element("dt", {}, element("kbd", {}, key)),
      element("dd", {}, meaning),
    ]),
  );
  const button = element("button", { class: "grid-button" }, close);
  open(title, list, element("form", { method: "dialog" }, button));
}

function open(title: string, ...content: HTMLElement[]): HTMLDialogElement {
  const dialog = element("dialog", { class: "grid-dialog", "aria-label": title });
  const before = document.activeElement;
  dialog.append(element("h2", {}, title), ...content);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
