/** The points of a map: which are shown, which is under the pointer, which are in a loop. */

import { type Camera, onMap, type Size } from "./camera";

export class Points {
  readonly count: number;
  /** The group of each point, by the colouring that is on. */
  groups: Uint8Array;
  private readonly hidden = new Set<number>();

  /** `places` are pairs of x and y. */
  constructor(readonly places: Float32Array) {
    this.count = places.length / 2;
    this.groups = new Uint8Array(this.count);
  }

  show(group: number, isShown: boolean): void {
    if (isShown) this.hidden.delete(group);
    else this.hidden.add(group);
  }

  /** By group, whether it is hidden: for whoever goes through all points. */
  hiddenGroups(): Uint8Array {
    const found = new Uint8Array(256);
    for (const group of this.hidden) found[group] = 1;
    return found;
  }

  /** The shown point nearest to a pixel, within `reach` pixels; null where there is none. */
  at(camera: Camera, size: Size, right: number, down: number, reach: number): number | null {
    const [x, y] = onMap(camera, size, right, down);
    let best = (reach / camera.scale) ** 2;
    let found: number | null = null;
    const hidden = this.hiddenGroups();
    for (let point = 0; point < this.count; point += 1) {
      const across = this.places[2 * point]! - x;
      const along = this.places[2 * point + 1]! - y;
      const distance = across * across + along * along;
      if (distance <= best && !hidden[this.groups[point]!]) [best, found] = [distance, point];
    }
    return found;
  }

  /** The shown points within a loop of the map: pairs of x and y, by the even-odd rule. */
  within(loop: readonly number[]): number[] {
    const hidden = this.hiddenGroups();
    const [left, top, right, bottom] = frame(loop);
    const found: number[] = [];
    for (let point = 0; point < this.count; point += 1) {
      const x = this.places[2 * point]!;
      const y = this.places[2 * point + 1]!;
      if (x < left || x > right || y < top || y > bottom) continue;
      if (!hidden[this.groups[point]!] && isInside(loop, x, y)) found.push(point);
    }
    return found;
  }

  /** The shown points that are on the screen. */
  inView(camera: Camera, size: Size): number[] {
    const [left, top] = onMap(camera, size, 0, 0);
    const [right, bottom] = onMap(camera, size, size.width, size.height);
    return this.within([left, top, right, top, right, bottom, left, bottom]);
  }
}

function frame(loop: readonly number[]): [number, number, number, number] {
  const across = loop.filter((_value, at) => at % 2 === 0);
  const along = loop.filter((_value, at) => at % 2 === 1);
  return [Math.min(...across), Math.min(...along), Math.max(...across), Math.max(...along)];
}

function isInside(loop: readonly number[], x: number, y: number): boolean {
  let inside = false;
  for (let at = 0, before = loop.length - 2; at < loop.length; before = at, at += 2) {
    const [ax, ay, bx, by] = [loop[at]!, loop[at + 1]!, loop[before]!, loop[before + 1]!];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}
