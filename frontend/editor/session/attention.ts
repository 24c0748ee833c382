/** Whether somebody is at work: input of any kind, and whether the page is in sight. */

const INPUT = ["pointerdown", "pointermove", "wheel", "keydown"];

export interface AttentionEvents {
  input(): void;
  hidden(): void;
  shown(): void;
  /** The page is closed, or left for another one. */
  left(): void;
}

export function watchAttention(events: AttentionEvents, signal: AbortSignal): void {
  for (const name of INPUT) {
    const options = { signal, passive: true, capture: true };
    document.addEventListener(name, () => events.input(), options);
  }
  const onVisibility = (): void =>
    document.visibilityState === "visible" ? events.shown() : events.hidden();
  document.addEventListener("visibilitychange", onVisibility, { signal });
  window.addEventListener("pagehide", () => events.left(), { signal });
}
