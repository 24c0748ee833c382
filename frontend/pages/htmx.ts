/**
 * What htmx is told once: swap invalid forms, run no code from attributes, send the CSRF token, and
 * say nothing of requests that end because their page is left.
 */

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
