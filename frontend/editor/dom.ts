/** Builds elements. Text only ever enters as text nodes, so nothing in an item can become markup. */

export type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | null | undefined>;

const SVG = "http://www.w3.org/2000/svg";

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  setAttributes(node, attributes);
  append(node, children);
  return node;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const node = document.createElementNS(SVG, tag);
  setAttributes(node, attributes);
  append(node, children);
  return node;
}

export function setAttributes(node: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    const isGone = value === false || value === null || value === undefined;
    const text = isGone ? null : value === true ? "" : String(value);
    // A browser works out styles anew even when the same value is written again.
    if (node.getAttribute(name) === text) continue;
    if (text === null) node.removeAttribute(name);
    else node.setAttribute(name, text);
  }
}

function append(node: Element, children: Child[]): void {
  node.append(...children.filter((child): child is Node | string => Boolean(child)));
}

/** Reads the JSON that Django's json_script filter wrote. */
export function readJson<T>(id: string): T {
  const source = document.getElementById(id);
  if (!source) throw new Error(`There is no JSON script with the id "${id}".`);
  return JSON.parse(source.textContent ?? "") as T;
}

/** The same, where the page may do without it. */
export function readJsonIfThere<T>(id: string): T | undefined {
  return document.getElementById(id) ? readJson<T>(id) : undefined;
}

const ICONS = {
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  close: "M6 6l12 12M18 6 6 18",
  pin: "M9 3h6l-1 7 4 4H6l4-4zM12 14v7",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  undo: "M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
  redo: "m15 14 5-5-5-5M20 9H10a6 6 0 0 0 0 12h3",
  trash: "M4 7h16M10 11v6M14 11v6M6 7l1 13h10l1-13M9 7V4h6v3",
  box: "M5 5h14v14H5zM12 9v6M9 12h6",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M5 19l2-2",
  moon: "M20 14A8 8 0 1 1 10 4a6.5 6.5 0 0 0 10 10z",
  contrast: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 3v18M12 8h7M12 13h9M12 17h7",
  reset: "M4 12a8 8 0 1 0 3-6M4 4v4h4",
  polygon: "M6 5h.01M18 8h.01M20 18h.01M8 20h.01M6 5l12 3 2 10-12 2z",
  polyline: "M4 18 9 8l6 7 5-10",
  keypoint: "M12 3a2 2 0 1 0 0 4 2 2 0 0 0 0-4M12 7v7M12 10l-6 2M12 10l6 2M12 14l-4 7M12 14l4 7",
  check: "m5 12 5 5L20 7",
  half: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 4v16M12 9h6M12 14h7",
  hole: "M4 4h16v16H4zM9 9h6v6H9z",
  turn: "M20 12a8 8 0 1 1-3-6M20 4v4h-4",
  copy: "M8 8h12v12H8zM16 8V4H4v12h4",
  forward: "M12 19V6M6 11l6-6 6 6M5 21h14",
  back: "M12 5v13M6 13l6 6 6-6M5 3h14",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7-10-7-10-7zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
  eye_off:
    "M3 3l18 18M10 5.3A9 9 0 0 1 12 5c6 0 10 7 10 7a17 17 0 0 1-3 3.6M6 7a16 16 0 0 0-4 5s4 7 10 7a10 10 0 0 0 4.5-1",
  lock: "M6 11h12v9H6zM8 11V8a4 4 0 0 1 8 0v3",
  unlock: "M6 11h12v9H6zM8 11V8a4 4 0 0 1 7.5-2",
  home: "M5 12H3l9-9 9 9h-2v8H5z",
  skip: "M4 5v14l10-7zM18 5v14",
  keyboard: "M3 7h18v10H3zM7 11h.01M11 11h.01M15 11h.01M8 14h8",
  book: "M4 5h7a2 2 0 0 1 1 2v13a3 3 0 0 0-2-1H4zM20 5h-7a2 2 0 0 0-1 2v13a3 3 0 0 1 2-1h6z",
};

export type IconName = keyof typeof ICONS;

export function icon(name: IconName): SVGElement {
  const shape = svg("path", { d: ICONS[name] });
  return svg("svg", { class: "editor-icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, shape);
}

/** A button with an icon and a name that is shown as its tip. */
export function iconButton(name: IconName, title: string, press: () => void): HTMLButtonElement {
  const button = element(
    "button",
    { type: "button", class: "icon-button", title, "aria-label": title },
    icon(name),
  );
  button.addEventListener("click", press);
  return button;
}

/** Keys that the element has focus for: typing, choosing in a list. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("textarea, select")) return true;
  const silent = "[type=checkbox], [type=radio], [type=button], [type=submit], [type=hidden]";
  return target.matches("input") && !target.matches(silent);
}

/** Enter and Space press a focused button or link; on a chosen option, Enter submits. */
export function isOnButton({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element) || (key !== "Enter" && key !== " ")) return false;
  if (!target.closest("button, a[href], input, select")) return false;
  const chosen =
    '[data-option]:is([aria-pressed="true"], [aria-checked="true"], [aria-selected="true"])';
  const isChosen = target.closest(chosen) !== null;
  return key === " " || !isChosen;
}
