/**
 * <answer-editor>: one answer that a person may change; a hidden field carries it in the form.
 * With `submits` the page is for this answer alone, and Enter sends its form.
 */

import { type Answer, isSame, type Item } from "../core/answer";
import type { LabelSchema } from "../core/schema";
import { element, iconButton, isOnButton, isTyping, readJson, readJsonIfThere } from "../dom";
import { Editor } from "../editor";
import { type Strings, withEnglish } from "../strings";
import { ImageSurface } from "../surfaces/image";

interface EditorConfig {
  item: Item;
  label_schema: LabelSchema;
  answer: Answer | null;
  editable: boolean;
  /** Answers that one may start from, by number. */
  starts?: Answer[];
  strings?: Partial<Strings>;
}

export class AnswerEditor extends HTMLElement {
  private editor!: Editor;
  private isBuilt = false;
  private config!: EditorConfig;
  private strings!: Strings;
  private readonly field = element("input", { type: "hidden" });
  private readonly status = element("p", { class: "editor-status", role: "status" });
  private leaving = new AbortController();

  connectedCallback(): void {
    this.config = readJson<EditorConfig>(this.dataset["config"] ?? "");
    this.strings = withEnglish(this.config.strings ?? readJsonIfThere("editor-strings"));
    const folded = this.closest("details:not([open])");
    // Most answers are never corrected: what is folded away is built when it is opened.
    if (folded) folded.addEventListener("toggle", () => this.build(), { once: true });
    else this.build();
  }

  private build(): void {
    if (this.isBuilt || !this.isConnected) return;
    this.isBuilt = true;
    this.leaving = new AbortController();
    this.editor = new Editor({
      item: this.config.item,
      schema: this.config.label_schema,
      answer: this.config.answer ?? {},
      strings: this.strings,
      isEditable: this.config.editable,
      goesOn: false,
      onChange: (answer) => this.onChange(answer),
      onDecided: () => undefined,
      announce: (sentence) => (this.status.textContent = sentence),
    });
    this.field.name = this.getAttribute("name") ?? "answer";
    this.write(this.editor.answer);
    const side = element("div", { class: "editor-panel" }, this.editor.panel, this.footer());
    this.replaceChildren(this.editor.surface.element, side, this.field);
    this.listen();
    void this.load();
  }

  disconnectedCallback(): void {
    this.leaving.abort();
    if (this.isBuilt) this.editor.destroy();
    this.isBuilt = false;
  }

  /** The answer as it stands. */
  get answer(): Answer {
    return this.editor.answer;
  }

  /** Begins anew from one of the offered answers; what the person has changed stays. */
  startFrom(number: number): void {
    const start = this.config.starts?.[number];
    if (!start || this.hasAttribute("data-changed")) return;
    this.config.answer = start;
    this.disconnectedCallback();
    this.build();
  }

  private async load(): Promise<void> {
    try {
      await this.editor.load();
    } catch {
      this.status.textContent = this.strings.image_failed;
    }
  }

  /** Keys work only while the focus is in here: the desk around has keys of its own. */
  private listen(): void {
    const { signal } = this.leaving;
    this.addEventListener("keydown", (event) => this.onKey(event), { signal });
    this.addEventListener(
      "keyup",
      (event) => {
        if (event.key === " ") this.holdSpace(false);
      },
      { signal },
    );
    this.addEventListener(
      "pointerdown",
      (event) => {
        const isStage = event.target instanceof Element && event.target.closest(".stage-canvas");
        if (isStage instanceof HTMLElement) isStage.focus({ preventScroll: true });
      },
      { signal },
    );
  }

  private onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    if (isOnButton(event)) return;
    const isSpace = event.key === " " && this.holdSpace(true);
    if (isSpace || this.editor.press(event) || this.submit(event)) event.preventDefault();
  }

  /** A text field keeps its Enter; Ctrl Enter sends from there, too. */
  private submit(event: KeyboardEvent): boolean {
    const isWhole = event.ctrlKey || event.metaKey || !isTyping(event.target);
    if (!this.submits || event.key !== "Enter" || event.repeat || !isWhole) return false;
    this.closest("form")?.requestSubmit();
    return true;
  }

  private get submits(): boolean {
    return this.hasAttribute("submits");
  }

  private holdSpace(isDown: boolean): boolean {
    const { surface } = this.editor;
    const isOnStage = surface.element.contains(document.activeElement);
    if (!(surface instanceof ImageSurface) || (isDown && !isOnStage)) return false;
    surface.holdSpace(isDown);
    return true;
  }

  private footer(): HTMLElement {
    const { strings } = this;
    const history = element(
      "span",
      { class: "session-history", hidden: !this.config.editable },
      iconButton("undo", `${strings.undo} (Ctrl Z)`, () => this.editor.undo()),
      iconButton("redo", `${strings.redo} (Ctrl Shift Z)`, () => this.editor.redo()),
    );
    return element("div", { class: "editor-footer" }, history, this.status);
  }

  private onChange(answer: Answer): void {
    this.write(answer);
    this.dispatchEvent(new CustomEvent("answer-change", { bubbles: true, detail: { answer } }));
  }

  private write(answer: Answer): void {
    this.field.value = JSON.stringify(answer);
    this.toggleAttribute("data-changed", !isSame(answer, this.config.answer ?? {}));
  }
}
