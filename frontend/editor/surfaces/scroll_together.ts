/** Two columns of one matter: scrolling one shows the same share of the other. */

export function scrollTogether(first: HTMLElement, second: HTMLElement): void {
  // What was scrolled from here tells of it once, too, and must not scroll back.
  const followed = new Set<HTMLElement>();
  const follow = (from: HTMLElement, to: HTMLElement): void => {
    if (followed.delete(from)) return;
    const room = from.scrollHeight - from.clientHeight;
    const top = room > 0 ? (from.scrollTop / room) * (to.scrollHeight - to.clientHeight) : 0;
    if (Math.abs(to.scrollTop - top) < 1) return;
    followed.add(to);
    to.scrollTop = top;
  };
  first.addEventListener("scroll", () => follow(first, second), { passive: true });
  second.addEventListener("scroll", () => follow(second, first), { passive: true });
}
