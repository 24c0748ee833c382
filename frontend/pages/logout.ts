/** form[data-logout]: what is kept on this device is wiped, after a question about unsent answers. */

import { openStore, PREFIX } from "../editor/net/store";
import { ask } from "./confirm";
import { word } from "./words";

const done = new WeakSet<HTMLFormElement>();

export function bindLogout(): void {
  document.addEventListener("submit", onSubmit, true);
}

function onSubmit(event: SubmitEvent): void {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-logout]")) return;
  if (done.delete(form)) return;
  event.preventDefault();
  void wipe().then((isSure) => {
    if (!isSure) return;
    done.add(form);
    form.requestSubmit();
  });
}

/** False when the person would rather keep what was not sent. */
async function wipe(): Promise<boolean> {
  const names = await databases();
  const counts = await Promise.all(names.map(unsentIn));
  const count = counts.reduce((sum, each) => sum + each, 0);
  const question = word("unsent").replace("{count}", String(count));
  if (count > 0 && !(await ask(question, word("logOut")))) return false;
  for (const name of names) indexedDB.deleteDatabase(name);
  return true;
}

async function databases(): Promise<string[]> {
  const found = await indexedDB?.databases?.().catch(() => []);
  return (found ?? []).map(({ name = "" }) => name).filter((name) => name.startsWith(PREFIX));
}

async function unsentIn(name: string): Promise<number> {
  const store = await openStore(name.slice(PREFIX.length));
  return (await store.all("actions").catch(() => [])).length;
}
