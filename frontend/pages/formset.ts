/**
 * [data-formset="prefix"]: rows of a Django formset that can be added and removed.
 * Inside: <template> with __prefix__ in its names, [data-formset-rows], [data-formset-row],
 * [data-formset-add], [data-formset-remove].
 */

import { closest } from "./words";

export function bindFormsets(): void {
  document.addEventListener("click", (event) => {
    const add = closest(event, "[data-formset-add]");
    if (add) addRow(add);
    const remove = closest(event, "[data-formset-remove]");
    if (remove) removeRow(remove);
  });
}

function addRow(button: HTMLElement): void {
  const formset = button.closest<HTMLElement>("[data-formset]");
  const template = formset?.querySelector("template");
  const total = formset?.querySelector<HTMLInputElement>(
    `[name="${formset.dataset["formset"]}-TOTAL_FORMS"]`,
  );
  if (!formset || !template || !total) return;
  const copy = template.content.cloneNode(true) as DocumentFragment;
  for (const element of copy.querySelectorAll("*")) number(element, total.value);
  const rows = formset.querySelector("[data-formset-rows]") ?? formset;
  const row = copy.firstElementChild;
  rows.append(copy);
  total.value = String(Number(total.value) + 1);
  row?.querySelector<HTMLElement>("input:not([type=hidden]), select, textarea")?.focus();
  row?.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));
}

function number(element: Element, index: string): void {
  for (const { name, value } of [...element.attributes]) {
    if (value.includes("__prefix__")) {
      element.setAttribute(name, value.replaceAll("__prefix__", index));
    }
  }
}

/** A row is hidden and marked, never taken out: the numbers of a formset have no gaps. */
function removeRow(button: HTMLElement): void {
  const row = button.closest<HTMLElement>("[data-formset-row]");
  const mark = row?.querySelector<HTMLInputElement>('[name$="-DELETE"]');
  if (!row || !mark) return;
  if (mark.type === "checkbox") mark.checked = true;
  else mark.value = "on";
  row.hidden = true;
  // A field that cannot be seen must not stop the form.
  row.querySelectorAll("[required]").forEach((field) => field.removeAttribute("required"));
}
