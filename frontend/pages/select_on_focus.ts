/** [data-select-on-focus]: a field whose whole text is selected when it is entered. */

import { closest } from "./words";

export function bindSelectOnFocus(): void {
  document.addEventListener("focusin", (event) => {
    const field = closest(event, "[data-select-on-focus]");
    if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.select();
  });
}
