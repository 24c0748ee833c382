/** What the comparison with the stored label means for the picture: who is drawn how. */

export type DifferenceKind = "added" | "removed" | "moved" | "renamed" | "attributes" | "changed";

/** One difference as the server found it; `before` and `after` are ids of objects. */
export interface Difference {
  control: string;
  kind: DifferenceKind;
  before: unknown;
  after: unknown;
}

export type Role = "same" | "added" | "removed" | "moved" | "ghost" | "renamed";

/** Green, red and orange, and signs that say the same without colour. */
export const LOOKS: Record<Role, { color: string; sign: string; isDashed: boolean }> = {
  same: { color: "#868e96", sign: "", isDashed: false },
  added: { color: "#2b8a3e", sign: "+ ", isDashed: false },
  removed: { color: "#e03131", sign: "− ", isDashed: true },
  moved: { color: "#e8590c", sign: "→ ", isDashed: false },
  ghost: { color: "#e8590c", sign: "", isDashed: true },
  renamed: { color: "#e8590c", sign: "≠ ", isDashed: false },
};

/** The objects of one answer that are its own, and those of the stored label that it lacks. */
export class Compared {
  private readonly ofAnswer = new Map<string, Role>();
  private readonly ofBase = new Map<string, Role>();
  /** Pairs of objects that are one and the same, drawn in two places. */
  readonly moves: { control: string; from: string; to: string }[] = [];

  constructor(differences: readonly Difference[]) {
    for (const { control, kind, before, after } of differences) {
      if (kind === "added") this.ofAnswer.set(key(control, after), "added");
      if (kind === "removed") this.ofBase.set(key(control, before), "removed");
      if (kind === "renamed") this.ofAnswer.set(key(control, after), "renamed");
      if (kind !== "moved") continue;
      if (!this.ofAnswer.has(key(control, after))) {
        this.ofAnswer.set(key(control, after), "moved");
      }
      this.ofBase.set(key(control, before), "ghost");
      this.moves.push({ control, from: String(before), to: String(after) });
    }
  }

  role(control: string, id: string): Role {
    return this.ofAnswer.get(key(control, id)) ?? "same";
  }

  /** How an object of the stored label is drawn beside this answer; null when it is not. */
  baseRole(control: string, id: string): Role | null {
    return this.ofBase.get(key(control, id)) ?? null;
  }
}

function key(control: string, id: unknown): string {
  return `${control} ${String(id)}`;
}
