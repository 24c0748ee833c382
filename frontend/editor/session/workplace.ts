/** An editor with the item of its task, which is put in as soon as it is there. */

import { Editor, type EditorOptions } from "../editor";
import type { Assignment } from "../net/assignments";
import type { MediaAhead } from "../net/media";
import { ImageSurface } from "../surfaces/image";
import { loadItem } from "./item_loader";

/** Nothing of the item is to be seen yet; work can begin; a part is missing; it cannot be had. */
type Fill = "waiting" | "ready" | "cut" | "failed";

type EditorParts = Pick<
  EditorOptions,
  "answer" | "strings" | "onChange" | "onDecided" | "announce"
>;

export class Workplace {
  readonly editor: Editor;
  private fill: Fill | null = null;
  private onFill: (fill: Fill) => void = () => undefined;

  constructor(
    readonly task: Assignment,
    private readonly media: MediaAhead,
    parts: EditorParts,
  ) {
    this.editor = new Editor({
      ...parts,
      item: { ...task.item, media_url: null },
      schema: task.instruction_version.label_schema,
      trees: task.instruction_version.trees,
      isEditable: true,
      goesOn: true,
    });
    this.load();
  }

  /** Tells how the item is now, and every change of that. */
  watch(onFill: (fill: Fill) => void): void {
    this.onFill = onFill;
    if (this.fill) onFill(this.fill);
  }

  /** Fetches the item again, after something of it was missing. */
  reload(): void {
    const { media_url: url } = this.task.item;
    if (url) this.media.drop(url);
    this.load();
  }

  private load(): void {
    void loadItem(this.editor, this.task, this.media, {
      waiting: () => this.setFill("waiting"),
      ready: () => this.setFill("ready"),
      cut: () => this.setFill("cut"),
      failed: () => this.setFill("failed"),
    });
  }

  showProblem(sentence: string): void {
    const { surface } = this.editor;
    if (surface instanceof ImageSurface) surface.showProblem(sentence);
  }

  leave(): void {
    this.onFill = () => undefined;
    this.editor.destroy();
  }

  private setFill(fill: Fill): void {
    this.fill = fill;
    this.onFill(fill);
  }
}

/** The workplace that comes next, made while the person looks at the one before it. */
export class NextWorkplace {
  private made: Workplace | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly make: (task: Assignment) => Workplace) {}

  /** Makes it in a moment of rest: what is on the page now is painted first. */
  prepare(next: () => Assignment | null): void {
    clearTimeout(this.timer);
    requestAnimationFrame(() => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        const task = next();
        if (task === (this.made?.task ?? null)) return;
        this.drop();
        if (task) this.made = this.make(task);
      });
    });
  }

  /** That of a task, if it was the one that was made. */
  take(task: Assignment): Workplace | null {
    const { made } = this;
    if (made?.task !== task) return null;
    this.made = null;
    return made;
  }

  drop(): void {
    clearTimeout(this.timer);
    this.made?.leave();
    this.made = null;
  }
}
