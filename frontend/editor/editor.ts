/** One item with its questions: the surface, the tools of the schema, and the keys they take. */

import type { Answer, Item } from "./core/answer";
import { CodePoints, trimmed } from "./core/codepoints";
import { AnswerDocument } from "./core/document";
import { buildKeymap, type Keymap, keyNames } from "./core/keymap";
import { ObjectModel } from "./core/objects";
import { pageSticky } from "./core/sticky";
import {
  type Control,
  isObjectControl,
  isQuick,
  type LabelSchema,
  type TextControl,
} from "./core/schema";
import { apart, isChosen, type Step, type Tree, Walked } from "./core/tree";
import { element, isTyping } from "./dom";
import { type Strings } from "./strings";
import { ImageSurface } from "./surfaces/image";
import { scrollTogether } from "./surfaces/scroll_together";
import { TextSurface } from "./surfaces/text";
import { ChoiceTool } from "./tools/choice";
import { KeepSwitch } from "./tools/keep_switch";
import { ShapeGestures } from "./tools/gestures";
import { type Pin, pinOf } from "./tools/pins";
import { RatingTool } from "./tools/rating";
import { ShapeEditing } from "./tools/shape_editing";
import { pressShapeCommand, pressShapeKey } from "./tools/shape_keys";
import { ShapeRail } from "./tools/shape_rail";
import { ShapesTool } from "./tools/shapes";
import { SpanEditing, SpansTool } from "./tools/spans";
import { TextTool } from "./tools/text";
import { type Ghost, ghostShape, ghostSpan } from "./tools/ghosts";
import type { Tool, ToolContext } from "./tools/tool";

export interface EditorOptions {
  item: Item;
  schema: LabelSchema;
  /** The decision trees that can be walked here; none where walks are only kept. */
  trees?: readonly Tree[];
  answer: Answer;
  strings: Strings;
  isEditable: boolean;
  /** Whether a single answer sends itself, so that one key does the whole item. */
  goesOn: boolean;
  onChange(answer: Answer): void;
  /** The one question there is was answered: nothing else has to be pressed. */
  onDecided(): void;
  announce(sentence: string): void;
}

export class Editor {
  readonly document: AnswerDocument;
  readonly surface: ImageSurface | TextSurface;
  readonly panel: HTMLElement;
  readonly keymap: Keymap;
  readonly isQuick: boolean;
  private readonly tools: Tool[];
  private readonly model: ObjectModel;
  private readonly context: ToolContext;
  private readonly points: CodePoints;
  private readonly shapeEditing: ShapeEditing | null = null;
  private readonly spanEditing: SpanEditing | null = null;
  private readonly keepSwitches: KeepSwitch[] = [];
  private readonly walked: Walked;
  private ghosts: readonly Ghost[] = [];

  constructor(private readonly options: EditorOptions) {
    const { item, schema, strings, isEditable } = options;
    const [answer, path] = apart(options.answer);
    this.document = new AnswerDocument(answer);
    this.walked = new Walked(path, options.trees, answer);
    this.keymap = buildKeymap(schema);
    this.isQuick = options.goesOn && isQuick(schema);
    this.points = new CodePoints(item.data.text ?? "");
    this.model = new ObjectModel(this.document, schema.controls.filter(isObjectControl));
    this.context = {
      document: this.document,
      keymap: this.keymap,
      strings,
      isEditable,
      besideTitle: (control) => this.keepSwitchFor(control),
      announce: (sentence) => options.announce(sentence),
      decided: () => options.onDecided(),
    };
    const surface = item.type === "image" ? new ImageSurface(strings) : new TextSurface(strings);
    this.surface = surface;
    this.tools = schema.controls.map((control) => this.toolFor(control));
    this.panel = element("div", { class: "controls" }, ...this.tools.map((tool) => tool.element));
    if (isEditable && surface instanceof ImageSurface && this.has("shapes")) {
      this.shapeEditing = new ShapeEditing(surface, this.model, this.context);
      new ShapeGestures(this.shapeEditing);
      surface.element.append(new ShapeRail(this.shapeEditing).element);
    }
    if (isEditable && surface instanceof TextSurface && this.has("spans")) {
      this.spanEditing = new SpanEditing(surface, this.model, this.context, this.points);
    }
    this.document.subscribe(() => {
      this.update();
      pageSticky.follow(schema.controls, this.document.answer);
      options.onChange(this.answer);
    });
    this.model.subscribe(() => this.update());
  }

  /** The answer as it is kept and sent: with the walk that led to it. */
  get answer(): Answer {
    return this.walked.with(this.document.answer);
  }

  /** The end of a walk: chooses its class as its key would, and keeps the walk. */
  takeWalk(tree: Tree, steps: Step[], end: string): void {
    this.walked.set({ tree: tree.id, steps });
    const before = this.document.answer;
    const isObject = this.model.controls.some(({ name }) => name === tree.control);
    // To press what is chosen already would take it back.
    if (isObject || !isChosen(before, tree.control, end)) this.choose(tree.control, end);
    if (this.document.answer !== before) return;
    this.options.onChange(this.answer);
    if (this.isQuick) this.options.onDecided();
  }

  /** The place that is selected: an object, or a stretch of the text. */
  get selectedPlace(): Pin | null {
    const { current } = this.model;
    if (current) return pinOf(current.object);
    const units = this.surface instanceof TextSurface ? this.surface.selection() : null;
    const range = units && trimmed(this.points.text, units.start, units.end);
    if (!range) return null;
    return { start: this.points.fromUnits(range[0]), end: this.points.fromUnits(range[1]) };
  }

  /** Shows the item. Rejects when its image cannot be loaded. */
  async load(): Promise<void> {
    const { item } = this.options;
    if (this.surface instanceof TextSurface) this.surface.setText(this.points.text);
    else if (item.media_url) await this.surface.load(item.media_url, item.width, item.height);
    this.update();
  }

  destroy(): void {
    if (this.surface instanceof ImageSurface) this.surface.destroy();
  }

  /** The item comes onto the page; a fresh one starts with the answers that are to be kept. */
  enter(isFresh: boolean): void {
    if (this.keepSwitches.length === 0) return;
    for (const keepSwitch of this.keepSwitches) keepSwitch.update();
    for (const control of isFresh ? this.options.schema.controls : []) {
      const value = pageSticky.value(control);
      if (value !== undefined) this.document.preset(control, value);
    }
    this.update();
  }

  /** Puts the cursor where the work begins, so that the first key already counts. */
  focusStart(): void {
    const [only, ...others] = this.tools;
    if (only instanceof TextTool && others.length === 0) only.focus();
    else if (this.spanEditing && this.surface instanceof TextSurface) {
      this.surface.focusTarget.focus({ preventScroll: true });
    }
  }

  /** Completes what is being drawn. False when it has too few points, which the person is told. */
  finish(): boolean {
    const { shapeEditing } = this;
    if (shapeEditing?.isDrawing) shapeEditing.finish();
    return !shapeEditing?.isDrawing;
  }

  undo(): void {
    if (this.shapeEditing?.back()) return;
    if (this.document.undo()) this.context.announce(this.options.strings.undone);
  }

  redo(): void {
    if (this.document.redo()) this.context.announce(this.options.strings.redone);
  }

  /** Points at the control that an error is about. */
  mark(name: string | null): void {
    for (const tool of this.tools) {
      const isWrong = tool.control.name === name;
      tool.element.classList.toggle("is-wrong", isWrong);
      if (isWrong) tool.element.scrollIntoView({ block: "nearest" });
    }
  }

  /** Takes a key press; says whether it meant something here. */
  press(event: KeyboardEvent): boolean {
    if (isTyping(event.target)) return false;
    const names = keyNames(event);
    if ((event.ctrlKey || event.metaKey) && this.pressCommand(event, names)) return true;
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (this.options.isEditable) {
      if (isPlain && this.pressClass(names)) return true;
      if (names.some((name) => this.pressEditing(event, name))) return true;
    }
    const { surface } = this;
    return isPlain && surface instanceof ImageSurface && names.some((name) => surface.press(name));
  }

  private pressCommand(event: KeyboardEvent, names: string[]): boolean {
    if (!this.options.isEditable) return false;
    const { shapeEditing } = this;
    if (shapeEditing && names.some((name) => pressShapeCommand(shapeEditing, name))) return true;
    if (names.includes("z") || event.key.toLowerCase() === "z") {
      if (event.shiftKey) this.redo();
      else this.undo();
      return true;
    }
    if (!names.includes("y")) return false;
    this.redo();
    return true;
  }

  private pressClass(names: string[]): boolean {
    const target = names.map((name) => this.keymap.targets.get(name)).find(Boolean);
    return target !== undefined && this.choose(target.control, target.value);
  }

  private choose(name: string, value: string | number): boolean {
    const tool = this.tools.find(({ control }) => control.name === name);
    if (!tool) return false;
    const { control } = tool;
    const isMarked =
      control.type === "spans" && this.spanEditing?.chooseClass(control, String(value));
    if (!isMarked) tool.choose(value);
    return true;
  }

  private pressEditing(event: KeyboardEvent, name: string): boolean {
    const { shapeEditing } = this;
    if (shapeEditing && pressShapeKey(shapeEditing, event, name)) return true;
    if ((name === "Delete" || name === "Backspace") && this.model.removeSelected()) {
      this.context.announce(this.options.strings.object_removed);
      return true;
    }
    if (this.tools.some((tool) => tool.press?.(name) ?? false)) return true;
    if (name === "g" && this.model.controls.length > 0) {
      this.model.step(event.shiftKey ? -1 : 1);
      return true;
    }
    return this.spanEditing?.press(event, name) ?? false;
  }

  private keepSwitchFor(control: Control): HTMLElement | null {
    const { schema, isEditable, goesOn } = this.options;
    const hasSense = isEditable && goesOn && schema.controls.length > 1;
    if (!hasSense || !KeepSwitch.suits(control)) return null;
    const keepSwitch = new KeepSwitch(control, this.context);
    this.keepSwitches.push(keepSwitch);
    return keepSwitch.element;
  }

  private has(type: Control["type"]): boolean {
    return this.tools.some(({ control }) => control.type === type);
  }

  private toolFor(control: Control): Tool {
    switch (control.type) {
      case "choice":
        return new ChoiceTool(control, this.context, this.isQuick);
      case "rating":
        return new RatingTool(control, this.context);
      case "text":
        return this.textTool(control);
      case "shapes":
        return new ShapesTool(control, this.model, this.context);
      case "spans":
        return new SpansTool(control, this.model, this.context, this.points);
    }
  }

  private textTool(control: TextControl): TextTool {
    const tool = new TextTool(control, this.context, this.points.text);
    if (control.layout === "beside") scrollTogether(this.surface.element, tool.field);
    return tool;
  }

  /** Objects that a model suggests, drawn dashed; they can only be looked at. */
  setGhosts(ghosts: readonly Ghost[]): void {
    this.ghosts = ghosts;
    this.draw();
  }

  private update(): void {
    for (const tool of this.tools) tool.update();
    this.draw();
  }

  private draw(): void {
    const { surface } = this;
    if (surface instanceof ImageSurface) {
      const shapes = this.tools.filter((tool) => tool instanceof ShapesTool);
      const ghosts = this.ghosts.flatMap((ghost) => ghostShape(ghost, this.context.strings));
      surface.shapes.show([...shapes.flatMap((tool) => tool.marks()), ...ghosts]);
    } else {
      const spans = this.tools.filter((tool) => tool instanceof SpansTool);
      const ghosts = this.ghosts.flatMap((ghost) =>
        ghostSpan(ghost, this.points, this.context.strings),
      );
      surface.show([...spans.flatMap((tool) => tool.marks()), ...ghosts]);
      this.spanEditing?.showGrips();
    }
  }
}
