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
    if (value === false || value === null || value === undefined) node.removeAttribute(name);
    else node.setAttribute(name, value === true ? "" : String(value));
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

const ICONS = {
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  undo: "M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
  redo: "m15 14 5-5-5-5M20 9H10a6 6 0 0 0 0 12h3",
  trash: "M4 7h16M10 11v6M14 11v6M6 7l1 13h10l1-13M9 7V4h6v3",
  box: "M5 5h14v14H5zM12 9v6M9 12h6",
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
