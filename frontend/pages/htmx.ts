/**
 * What htmx is told once: swap invalid forms, run no code from attributes, send the CSRF token, say
 * where a part could not be brought up to date, and nothing of requests that end as their page is left.
 */

import { word } from "./words";

interface HtmxConfig {
  allowEval: boolean;
  includeIndicatorStyles: boolean;
  responseHandling: { code: string; swap: boolean; error?: boolean }[];
}

declare global {
  interface Window {
    htmx?: { config: HtmxConfig };
  }
}

export function bindHtmx(): void {
  if (!window.htmx) return;
  const { config } = window.htmx;
  config.allowEval = false;
  config.includeIndicatorStyles = false;
  config.responseHandling = [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true },
    { code: "[45]..", swap: false, error: true },
  ];
  document.addEventListener("htmx:configRequest", (event) => {
    const meta = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
    const { headers } = (event as CustomEvent<{ headers: Record<string, string> }>).detail;
    if (meta) headers["X-CSRFToken"] = meta.content;
  });
  leaveQuietly();
  tellOutdated();
}

/** A part that was asked for in vain stays as it is, which must not be taken for the answer. */
function tellOutdated(): void {
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"])
    document.addEventListener(name, (event) => {
      const target = targetOf(event);
      if (noticeOf(target)) return;
      const notice = document.createElement("p");
      notice.className = "alert alert-warning";
      notice.role = "alert";
      notice.dataset.outdated = "";
      notice.textContent = word("outdated");
      target.before(notice);
    });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if ((event as CustomEvent<{ shouldSwap: boolean }>).detail.shouldSwap)
      noticeOf(targetOf(event))?.remove();
  });
}

function targetOf(event: Event): HTMLElement {
  return (event as CustomEvent<{ target: HTMLElement }>).detail.target;
}

function noticeOf(target: HTMLElement): HTMLElement | null {
  const before = target.previousElementSibling;
  return before instanceof HTMLElement && "outdated" in before.dataset ? before : null;
}

function leaveQuietly(): void {
  const pending = new Set<XMLHttpRequest>();
  document.addEventListener("htmx:beforeSend", (event) => pending.add(requestOf(event)));
  document.addEventListener("htmx:afterRequest", (event) => pending.delete(requestOf(event)));
  const forget = () => {
    for (const request of pending) request.onerror = request.onabort = null;
  };
  // The first comes before the requests are ended, but not on every way out.
  window.addEventListener("beforeunload", forget);
  window.addEventListener("pagehide", forget);
}

function requestOf(event: Event): XMLHttpRequest {
  return (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail.xhr;
}
