/** The keys of the shapes. Keys of classes come first: the editor asks them before these. */

import { grown } from "../core/geometry";
import type { ViewState } from "../core/shown";
import type { ShapeEditing } from "./shape_editing";

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const TURNS: Record<string, number> = { ",": -1, ".": 1, "<": -15, ">": 15 };
/** How far the cursor goes, in pixels of the view. */
const CURSOR_STEP = 10;
const CURSOR_LEAP = 50;

/** Takes a key press with Ctrl: copy, paste, duplicate. */
export function pressShapeCommand(editing: ShapeEditing, key: string): boolean {
  switch (key) {
    case "c":
      // Text that somebody marked is what they mean to copy.
      return !String(document.getSelection()) && editing.copies.copy();
    case "v":
      return editing.copies.paste();
    case "d":
      return editing.copies.duplicate();
    default:
      return false;
  }
}

/** Takes a key press; says whether it meant something here. */
export function pressShapeKey(editing: ShapeEditing, event: KeyboardEvent, key: string): boolean {
  const arrow = ARROWS[key];
  if (arrow) return pressArrow(editing, event, arrow);
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const turn = TURNS[key];
  if (turn !== undefined) return editing.points.turn(turn);
  switch (key) {
    case "Escape":
      return editing.cancel() || letGo(editing);
    case "Enter":
      if (!editing.isDrawing) return false;
      editing.finish();
      return true;
    case "Backspace":
      return editing.back();
    case "Delete":
      return editing.points.removeChosen();
    case "b":
      return place(editing);
    case "m":
      editing.nextTool();
      return true;
    case "n":
      return editing.points.stepPoint(event.shiftKey ? -1 : 1);
    case "p":
      return editing.points.insertPoint();
    case "o":
      return editing.startHole();
    case "v":
      return editing.points.cycleState();
    case "PageUp":
      return editing.raise(1);
    case "PageDown":
      return editing.raise(-1);
    case "h":
      return toggle(editing, "hidden", event.shiftKey);
    case "l":
      return toggle(editing, "locked", event.shiftKey);
    default:
      return false;
  }
}

function pressArrow(
  editing: ShapeEditing,
  event: KeyboardEvent,
  [x, y]: [number, number],
): boolean {
  const { unit, size } = editing.surface;
  if (editing.cursor) {
    const step = event.altKey ? 1 : unit * (event.shiftKey ? CURSOR_LEAP : CURSOR_STEP);
    editing.moveCursor(x * step, y * step);
    return true;
  }
  const step = event.altKey ? 1 : Math.max(1, Math.round(2 * unit));
  const { selected, chosen } = editing;
  const { box, rotation } = selected?.shape ?? {};
  if (!selected || !event.shiftKey || !box || rotation || chosen !== null) {
    return editing.points.nudge(x * step, y * step);
  }
  const wider = grown(box, x * step, y * step, size);
  editing.change(selected.shape, { box: wider }, `grow ${selected.shape.id}`);
  return true;
}

function place(editing: ShapeEditing): boolean {
  if (editing.cursor) editing.add(editing.cursor);
  else if (editing.tool === "box" && !editing.isDrawing) editing.createInMiddle();
  else editing.startCursor();
  return true;
}

function toggle(editing: ShapeEditing, state: ViewState, isClass: boolean): boolean {
  const { selected, model } = editing;
  if (!selected) return false;
  const { id, label } = selected.shape;
  model.toggle(state, selected.control, isClass ? null : id, label);
  const { strings } = editing.context;
  const isOn = model.shown.is(state, selected.control.name, selected.shape);
  const said = {
    hidden: [strings.shown, strings.hidden],
    locked: [strings.unlocked, strings.locked],
  };
  editing.context.announce(said[state][isOn ? 1 : 0] ?? "");
  return true;
}

function letGo(editing: ShapeEditing): boolean {
  const had = editing.chosen !== null || editing.model.selected !== null;
  if (editing.chosen !== null) {
    editing.chosen = null;
    editing.refresh();
  } else if (had) {
    editing.select(null);
  }
  return had;
}
