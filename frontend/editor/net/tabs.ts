/** Which tabs of this person are alive, so that unsent work of a dead one is taken over once. */

import { randomUuid } from "../core/uuid";

const PREFIX = "labelops-tab-";
export const TAB = randomUuid();

/** Holds a lock for as long as this tab lives: the browser frees it, however the tab ends. */
export function showAlive(): void {
  void locks()?.request(PREFIX + TAB, () => new Promise(() => undefined));
}

/** Null where the browser has no locks, as on plain http: then every action is idempotent anyway. */
export async function livingTabs(): Promise<Set<string> | null> {
  const manager = locks();
  if (!manager) return null;
  const { held = [] } = await manager.query();
  const names = held.map(({ name = "" }) => name);
  return new Set(
    names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length)),
  );
}

function locks(): LockManager | undefined {
  return (globalThis.navigator as Navigator | undefined)?.locks;
}
