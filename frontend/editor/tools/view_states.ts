/** Buttons that hide or lock an object or a class. */

import type { ViewState } from "../core/shown";
import { element, icon } from "../dom";
import type { Strings } from "../strings";

export interface StateButton {
  button: HTMLButtonElement;
  show(isOn: boolean): void;
}

export function stateButton(
  state: ViewState,
  name: string,
  strings: Strings,
  press: () => void,
): StateButton {
  const title = state === "hidden" ? strings.hide : strings.lock;
  const button = element("button", {
    type: "button",
    class: `icon-button state-button state-${state}`,
    title,
    "aria-label": `${title}: ${name}`,
    "aria-pressed": "false",
  });
  button.addEventListener("click", press);
  const icons = state === "hidden" ? (["eye", "eye_off"] as const) : (["unlock", "lock"] as const);
  let shown: boolean | null = null;
  const show = (isOn: boolean): void => {
    if (isOn === shown) return;
    shown = isOn;
    button.setAttribute("aria-pressed", String(isOn));
    button.replaceChildren(icon(icons[isOn ? 1 : 0]));
  };
  show(false);
  return { button, show };
}
