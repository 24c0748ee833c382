/** Which objects are hidden or locked, one by one or by class: how a person looks, not an answer. */

import type { Labelled } from "./answer";

export type ViewState = "hidden" | "locked";

export class ShownObjects {
  private readonly ids: Record<ViewState, Set<string>> = { hidden: new Set(), locked: new Set() };
  private readonly labels: Record<ViewState, Set<string>> = {
    hidden: new Set(),
    locked: new Set(),
  };

  is(state: ViewState, control: string, { id, label }: Labelled): boolean {
    return this.ids[state].has(id) || this.isLabel(state, control, label);
  }

  isLabel(state: ViewState, control: string, label: string): boolean {
    return this.labels[state].has(labelKey(control, label));
  }

  toggle(state: ViewState, id: string): void {
    flip(this.ids[state], id);
  }

  toggleLabel(state: ViewState, control: string, label: string): void {
    flip(this.labels[state], labelKey(control, label));
  }
}

const labelKey = (control: string, label: string): string => JSON.stringify([control, label]);

function flip(set: Set<string>, entry: string): void {
  if (!set.delete(entry)) set.add(entry);
}
