/** What every kind of control gives to the editor: its part of the panel, and its keys. */

import type { AnswerDocument } from "../core/document";
import type { Keymap } from "../core/keymap";
import { type Control, titleOf } from "../core/schema";
import { element } from "../dom";
import type { Strings } from "../strings";

export interface ToolContext {
  document: AnswerDocument;
  keymap: Keymap;
  strings: Strings;
  isEditable: boolean;
  /** Stands beside the title of a question; null where nothing does. */
  besideTitle(control: Control): HTMLElement | null;
  /** Says something to people who listen instead of look, and in the status line. */
  announce(sentence: string): void;
  /** Called when a press of the person settled the whole answer. */
  decided(): void;
}

export interface Tool {
  readonly control: Control;
  readonly element: HTMLElement;
  /** Shows the document as it is now. */
  update(): void;
  /** A key of the keymap that belongs to this control. */
  choose(value: string | number): void;
  /** A key that only this kind of control knows; says whether it took it. */
  press?(key: string): boolean;
}

let framesMade = 0;

/** The frame of a control in the panel: its title, what it wants, and its parts. */
export function controlFrame(
  control: Control,
  context: ToolContext,
  ...parts: HTMLElement[]
): HTMLElement {
  const id = `control-title-${(framesMade += 1)}`;
  const isRequired = control.required && context.isEditable;
  const title = element(
    "h2",
    { class: "control-title", id },
    element("bdi", {}, titleOf(control)),
    isRequired && element("span", { class: "control-required" }, context.strings.required),
  );
  const head = element("header", { class: "control-head" }, title, context.besideTitle(control));
  const frame = element(
    "section",
    { class: `control control-${control.type}`, "aria-labelledby": id },
    head,
    ...parts,
  );
  frame.dataset["control"] = control.name;
  return frame;
}

export function keyHint(key: string | undefined): HTMLElement | null {
  return key ? element("kbd", { "aria-hidden": "true" }, key) : null;
}
