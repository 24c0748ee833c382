/** [data-copy="text"] or [data-copy="#id"]: copies a text, or what an element holds. */

import { closest, word } from "./words";

const SHOWN_MS = 2_000;

export function bindCopy(): void {
  document.addEventListener("click", (event) => {
    const button = closest(event, "[data-copy]");
    if (button) void copy(button);
  });
}

async function copy(button: HTMLElement): Promise<void> {
  await write(wanted(button.dataset["copy"] ?? ""));
  if (button.dataset["copied"] !== undefined) return;
  const former = button.textContent;
  button.dataset["copied"] = "";
  button.textContent = word("copied");
  setTimeout(() => {
    button.textContent = former;
    delete button.dataset["copied"];
  }, SHOWN_MS);
}

function wanted(source: string): string {
  const target = source.startsWith("#") ? document.querySelector(source) : null;
  if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement)
    return target.value;
  return target ? (target.textContent ?? "").trim() : source;
}

async function write(text: string): Promise<void> {
  if (window.isSecureContext) return navigator.clipboard.writeText(text);
  // On plain http the clipboard has no other door.
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
