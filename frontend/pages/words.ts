/** The few words that scripts show: data-text-* attributes of <body>, English without them. */

const ENGLISH = {
  confirm: "Yes, go on",
  cancel: "Cancel",
  close: "Close",
  copied: "Copied",
  keys: "Keys",
  outdated: "This could not be brought up to date. Load the page again.",
  logOut: "Log out and lose them",
  lightTheme: "Theme: light",
  darkTheme: "Theme: dark",
  autoTheme: "Theme: as on this device",
  unsent: "Answers of yours that were not sent yet: {count}. Logging out deletes them.",
};

export function word(name: keyof typeof ENGLISH): string {
  const key = `text${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return document.body.dataset[key] ?? ENGLISH[name];
}

/** The element that an event is about, when it or a parent matches. */
export function closest(event: Event, selector: string): HTMLElement | null {
  return event.target instanceof Element ? event.target.closest<HTMLElement>(selector) : null;
}

/** Runs for all elements on the page now, and for those that htmx brings later. */
export function forEach(selector: string, apply: (element: HTMLElement) => void): void {
  const run = (root: ParentNode): void =>
    root.querySelectorAll<HTMLElement>(selector).forEach(apply);
  run(document);
  document.addEventListener("htmx:load", (event) => {
    if (!(event.target instanceof HTMLElement)) return;
    if (event.target.matches(selector)) apply(event.target);
    run(event.target);
  });
}
