/** Keeps leases while the person is at work. A lost lease shows when the answer is sent. */

const EVERY_MS = 60_000;

export function startHeartbeat(beat: () => void, isActive: () => boolean): () => void {
  const timer = setInterval(() => isActive() && beat(), EVERY_MS);
  return () => clearInterval(timer);
}
