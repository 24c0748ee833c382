/**
 * [data-key="a"] on a button or link: that key presses it, [data-key="Enter g"] either of two.
 * "?" lists the keys of the page.
 */

import { keyNames } from "../editor/core/keymap";
import { isTyping } from "../editor/dom";
import { word } from "./words";

export function bindShortcuts(): void {
  document.addEventListener("keydown", (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat;
    if (event.defaultPrevented || event.isComposing || !isPlain || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "?" ? showKeys() : press(event)) event.preventDefault();
  });
}

function targets(): HTMLElement[] {
  const all = document.querySelectorAll<HTMLElement>("[data-key]");
  return [...all].filter((target) => target.offsetParent !== null && !target.matches(":disabled"));
}

function keysOf(target: HTMLElement): string[] {
  return (target.dataset["key"] ?? "").split(" ").filter(Boolean);
}

function press(event: KeyboardEvent): boolean {
  const names = keyNames(event);
  const target = targets().find((each) => keysOf(each).some((key) => names.includes(key)));
  // Enter on a focused link or button is the browser's own.
  const isOwn = event.key === "Enter" && event.target instanceof Element;
  if (!target || (isOwn && (event.target as Element).closest("a, button, summary"))) return false;
  if (target.matches("input, select, textarea")) target.focus();
  if (!target.matches("select, textarea, input:not([type=radio], [type=checkbox])")) target.click();
  return true;
}

function showKeys(): boolean {
  const rows = targets();
  if (rows.length === 0) return false;
  const dialog = document.createElement("dialog");
  dialog.className = "keys-dialog";
  const title = document.createElement("h2");
  title.textContent = word("keys");
  const list = document.createElement("dl");
  list.className = "key-rows";
  list.append(...rows.map(row));
  const form = document.createElement("form");
  form.method = "dialog";
  const close = document.createElement("button");
  close.className = "btn";
  close.textContent = word("close");
  form.append(close);
  dialog.append(title, list, form);
  dialog.setAttribute("aria-label", title.textContent);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return true;
}

function row(target: HTMLElement): HTMLElement {
  const line = document.createElement("div");
  const key = document.createElement("dt");
  for (const name of keysOf(target)) {
    const cap = document.createElement("kbd");
    cap.textContent = name;
    key.append(cap, " ");
  }
  const meaning = document.createElement("dd");
  meaning.textContent = target.dataset["keyLabel"] ?? nameOf(target);
  line.append(key, meaning);
  return line;
}

/** The words on a button, without the key cap that some show. */
function nameOf(target: HTMLElement): string {
  const copy = target.cloneNode(true) as HTMLElement;
  for (const cap of copy.querySelectorAll("kbd")) cap.remove();
  return (copy.textContent ?? "").trim();
}
