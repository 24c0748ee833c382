import type { Control } from "../core/schema";

/** The control that an error path such as "answer.objects[0].box" is about. */
export function controlNamed(controls: Control[], path: string | null): string | null {
  const within = path?.replace(/^answer\.?/u, "") ?? "";
  const found = controls.find(({ name }) => {
    const rest = within.slice(name.length);
    return within.startsWith(name) && (rest === "" || rest.startsWith(".") || rest.startsWith("["));
  });
  return found?.name ?? null;
}
