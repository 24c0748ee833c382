/** [data-tick-all="name"]: a checkbox that ticks or clears all of that name in its table. */

import { closest } from "./words";

export function bindTickAll(): void {
  document.addEventListener("change", (event) => {
    const all = closest(event, "[data-tick-all]");
    if (!(all instanceof HTMLInputElement)) return;
    const name = all.dataset["tickAll"] ?? "";
    const boxes = all.closest("table")?.querySelectorAll<HTMLInputElement>(`[name="${name}"]`);
    boxes?.forEach((box) => {
      box.checked = all.checked;
    });
  });
}
