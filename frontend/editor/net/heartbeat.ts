/** Keeps the lease while the person is at work. A lost lease shows when the answer is sent. */

import type { AssignmentsApi } from "./assignments";

const EVERY_MS = 60_000;

export function startHeartbeat(
  api: AssignmentsApi,
  held: () => string[],
  isActive: () => boolean,
): () => void {
  const beat = (): void => {
    if (!isActive()) return;
    for (const id of held()) api.heartbeat(id).catch(() => undefined);
  };
  const timer = setInterval(beat, EVERY_MS);
  return () => clearInterval(timer);
}
