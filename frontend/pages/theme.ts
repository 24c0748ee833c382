/** Light, dark, or as the device says. The cookie lets the server render it without a flash. */

import { closest, word } from "./words";

type Theme = "auto" | "light" | "dark";
const NEXT: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };
const ONE_YEAR = 365 * 24 * 60 * 60;
const dark = window.matchMedia("(prefers-color-scheme: dark)");

export function bindTheme(): void {
  let theme = stored();
  show(theme);
  dark.addEventListener("change", () => show(theme));
  document.addEventListener("click", (event) => {
    if (!closest(event, "[data-theme-switch]")) return;
    theme = NEXT[theme];
    document.cookie = `theme=${theme}; path=/; max-age=${ONE_YEAR}; samesite=lax`;
    show(theme);
  });
}

function stored(): Theme {
  const value = /(?:^|;\s*)theme=(\w+)/u.exec(document.cookie)?.[1];
  return value === "light" || value === "dark" ? value : "auto";
}

function show(theme: Theme): void {
  const isDark = theme === "dark" || (theme === "auto" && dark.matches);
  // Tabler knows its dark colours only by this attribute.
  document.documentElement.dataset["bsTheme"] = isDark ? "dark" : "light";
  for (const button of document.querySelectorAll<HTMLElement>("[data-theme-switch]")) {
    button.dataset["themeSwitch"] = theme;
    button.title = word(`${theme}Theme`);
  }
}
