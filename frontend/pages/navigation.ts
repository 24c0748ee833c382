/** [data-toggle="id"]: a button that folds a part of the page, such as the menu on a phone. */

import { closest } from "./words";

export function bindNavigation(): void {
  document.addEventListener("click", (event) => {
    const button = closest(event, "[data-toggle]");
    const target = document.getElementById(button?.dataset["toggle"] ?? "");
    if (!button || !target) return;
    const isOpen = target.classList.toggle("is-open");
    button.setAttribute("aria-expanded", String(isOpen));
  });
}
