/** Tasks that are drawn and wait their turn, each once. */

export class WaitingLine<T> {
  private readonly line: T[] = [];

  constructor(private readonly nameOf: (entry: T) => string) {}

  get length(): number {
    return this.line.length;
  }

  has(name: string): boolean {
    return this.line.some((entry) => this.nameOf(entry) === name);
  }

  /** At the end, unless it is there already. */
  add(entry: T): void {
    if (!this.has(this.nameOf(entry))) this.line.push(entry);
  }

  /** To the front: it was before the person a moment ago. */
  putBack(entry: T): void {
    this.drop(this.nameOf(entry));
    this.line.unshift(entry);
  }

  next(): T | undefined {
    return this.line.shift();
  }

  drop(name: string): void {
    const index = this.line.findIndex((entry) => this.nameOf(entry) === name);
    if (index >= 0) this.line.splice(index, 1);
  }

  dropAll(isOver: (entry: T) => boolean): void {
    this.line.splice(0, this.line.length, ...this.line.filter((entry) => !isOver(entry)));
  }

  empty(): T[] {
    return this.line.splice(0);
  }
}
