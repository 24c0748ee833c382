/**
 * [data-show-when="field:a,b"]: shown while the field called so in the same formset row or form
 * has one of the values. In a formset the name matches by its last part ("controls-0-type").
 */

import { closest, forEach } from "./words";

export function bindShowWhen(): void {
  forEach("[data-show-when]", update);
  document.addEventListener("change", (event) => {
    const field = closest(event, "select, input");
    const scope = field && scopeOf(field);
    scope?.querySelectorAll<HTMLElement>("[data-show-when]").forEach(update);
  });
}

function scopeOf(element: HTMLElement): HTMLElement | null {
  return element.closest<HTMLElement>("[data-formset-row], form");
}

function update(element: HTMLElement): void {
  const [name = "", values = ""] = (element.dataset["showWhen"] ?? "").split(":");
  const isShown = values.split(",").includes(valueOf(scopeOf(element), name));
  element.hidden = !isShown;
}

function valueOf(scope: HTMLElement | null, name: string): string {
  const fields = scope?.querySelectorAll<HTMLInputElement | HTMLSelectElement>(
    `[name="${name}"], [name$="-${name}"]`,
  );
  const chosen = [...(fields ?? [])].find(
    (field) =>
      !(field instanceof HTMLInputElement && /radio|checkbox/u.test(field.type)) || field.checked,
  );
  return chosen?.value ?? "";
}
