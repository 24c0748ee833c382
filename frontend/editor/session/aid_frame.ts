/** The frame of a panel beside the work: its title, a button that closes it, and its parts. */

import { type Child, element, iconButton } from "../dom";
import type { Strings } from "../strings";

interface Frame {
  kind: string;
  /** What the panel is called for people who listen instead of look. */
  name: string;
  /** Its heading, where that is not its name. */
  title?: HTMLElement;
  close(): void;
}

export function aidFrame(strings: Strings, frame: Frame, ...parts: Child[]): HTMLElement {
  const { kind, name, title = element("h2", {}, name) } = frame;
  const close = iconButton("close", `${strings.close} (Esc)`, () => frame.close());
  return element(
    "section",
    { class: `aid ${kind}`, "aria-label": name, hidden: true },
    element("header", {}, title, close),
    ...parts,
  );
}

/** Shows or hides a panel; the focus in it goes to the questions around it. */
export function setOpen(panel: HTMLElement, isOpen: boolean): void {
  const hadFocus = panel.contains(document.activeElement);
  if (!isOpen && hadFocus) {
    panel.closest<HTMLElement>(".session-panel")?.focus({ preventScroll: true });
  }
  panel.hidden = !isOpen;
}
