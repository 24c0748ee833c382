/** What htmx is told once: swap invalid forms, run no code from attributes, send the CSRF token. */

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
}
