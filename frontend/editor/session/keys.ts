/** The keys of the labeling page: its own first, then those of the item's editor. */

import { keyNames } from "../core/keymap";
import { isOnButton, isTyping } from "../dom";
import type { Editor } from "../editor";
import { ImageSurface } from "../surfaces/image";
import type { Aids } from "./aids";
import type { Explained } from "./explained";
import type { Suggested } from "./suggested";
import type { SessionView } from "./view";

export interface KeyActions {
  /** The editor, while its item may be answered. */
  editor(): Editor | null;
  /** The model's suggestion: its keys come before those of the item. */
  suggested(): Suggested;
  /** What helps to decide, while the item may be answered. */
  aids(): Aids;
  /** What was right about the item before. */
  explained(): Explained;
  submit(): void;
  undo(): void;
}

export class SessionKeys {
  constructor(
    private readonly view: SessionView,
    private readonly actions: KeyActions,
  ) {}

  listen(signal: AbortSignal): void {
    document.addEventListener("keydown", (event) => this.onKey(event), { signal });
    document.addEventListener("keyup", (event) => this.onKeyUp(event), { signal });
  }

  private onKeyUp(event: KeyboardEvent): void {
    const surface = this.actions.editor()?.surface;
    if (event.key === " " && surface instanceof ImageSurface) surface.holdSpace(false);
  }

  private onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    if (this.takes(event)) event.preventDefault();
  }

  private takes(event: KeyboardEvent): boolean {
    const editor = this.actions.editor();
    const isSubmit = event.key === "Enter" && (event.ctrlKey || event.metaKey);
    if (isSubmit) return this.actions.aids().send() || this.submitOnce(event);
    if (isTyping(event.target)) return this.leaveField(event);
    const names = keyNames(event);
    if (names.some((name) => this.view.skipMenu.press(name))) return true;
    if (isOnButton(event)) return false;
    if (this.takesPageKey(event, names)) return true;
    if (!editor) return false;
    if (this.actions.aids().press(event, names)) return true;
    // A key held down must not answer the items that follow.
    if (editor.isQuick && event.repeat) return true;
    if (this.actions.suggested().press(event)) return true;
    if (!isHistory(event) && editor.press(event)) return true;
    if (event.key === "Enter") return this.submitOnce(event);
    if (!names.includes("s") || hasModifier(event)) return false;
    this.view.skipMenu.toggle(true);
    return true;
  }

  private takesPageKey(event: KeyboardEvent, names: string[]): boolean {
    const { keyHelp, reading } = this.view;
    const editor = this.actions.editor();
    if (event.key === "?" || (event.key === "Escape" && keyHelp.isOpen)) keyHelp.toggle();
    else if (event.key === "Escape" && reading.isOpen) reading.toggle(false);
    else if (event.key === "Escape" && this.actions.explained().isOpen)
      this.actions.explained().close();
    else if (isHistory(event)) this.moveInHistory(event, editor);
    else if (isReading(event, names) && !this.isClassKey("i")) reading.toggle();
    else if (names.includes("z") && !hasModifier(event) && !this.isClassKey("z"))
      this.undoOnce(event);
    else if (event.key === " " && editor?.surface instanceof ImageSurface)
      editor.surface.holdSpace(true);
    else return false;
    return true;
  }

  private moveInHistory(event: KeyboardEvent, editor: Editor | null): void {
    const isRedo = event.shiftKey || event.key.toLowerCase() === "y";
    if (isRedo) editor?.redo();
    else this.undoOnce(event);
  }

  /** A key held down must not take back one answer after the other. */
  private undoOnce(event: KeyboardEvent): void {
    if (!event.repeat) this.actions.undo();
  }

  private isClassKey(key: string): boolean {
    return this.actions.editor()?.keymap.targets.has(key) ?? false;
  }

  private submitOnce(event: KeyboardEvent): boolean {
    if (!event.repeat) this.actions.submit();
    return true;
  }

  private leaveField(event: KeyboardEvent): boolean {
    if (event.key !== "Escape" || !(event.target instanceof HTMLElement)) return false;
    if (this.view.skipMenu.isOpen) this.view.skipMenu.toggle(false);
    else event.target.blur();
    return true;
  }
}

function hasModifier({ ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return ctrlKey || metaKey || altKey;
}

/** With Shift it is the guide to one class. */
function isReading(event: KeyboardEvent, names: string[]): boolean {
  return names.includes("i") && !event.shiftKey && !hasModifier(event);
}

function isHistory(event: KeyboardEvent): boolean {
  const names = keyNames(event);
  const isKey = event.key.toLowerCase() === "z" || names.includes("z") || names.includes("y");
  return (event.ctrlKey || event.metaKey) && isKey;
}
