/**
 * [data-blink] around a before and an after: the button in it lays one over the other, in the same
 * place, so that what differs seems to move. Its key does it for as long as it is held.
 */

import { keyNames } from "../core/keymap";

export function bindBlink(): void {
  for (const frame of document.querySelectorAll<HTMLElement>("[data-blink]")) bind(frame);
}

function bind(frame: HTMLElement): void {
  const button = frame.querySelector<HTMLButtonElement>("[data-blink-button]");
  if (!button) return;
  const show = (isAfter: boolean): void => {
    button.setAttribute("aria-pressed", String(isAfter));
    frame.toggleAttribute("data-blink-after", isAfter);
  };
  button.addEventListener("click", () => show(button.getAttribute("aria-pressed") !== "true"));
  // The key presses the button, as every key of a page does; letting it go takes that back.
  document.addEventListener("keyup", (event) => {
    if (keyNames(event).includes(button.dataset["key"] ?? "")) show(false);
  });
  window.addEventListener("blur", () => show(false));
}
