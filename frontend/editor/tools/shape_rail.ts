/** The rail on the image: which shape is drawn, and what can be done to the selected one. */

import { element, iconButton } from "../dom";
import type { ToolName } from "../core/schema";
import type { ShapeEditing } from "./shape_editing";

type Action = [button: HTMLButtonElement, isPossible: () => boolean];

const TOOL_ICONS = {
  box: "box",
  polygon: "polygon",
  polyline: "polyline",
  keypoint: "keypoint",
} as const;

export class ShapeRail {
  readonly element: HTMLElement;
  private readonly tools = new Map<ToolName, HTMLButtonElement>();
  private readonly actions: Action[];

  constructor(private readonly editing: ShapeEditing) {
    const { strings } = editing.context;
    const offered = new Set(editing.controls.flatMap(({ tools }) => tools ?? []));
    for (const tool of offered) {
      const title = offered.size > 1 ? `${strings[`tool_${tool}`]} (m)` : strings[`tool_${tool}`];
      this.tools.set(
        tool,
        iconButton(TOOL_ICONS[tool], title, () => editing.chooseTool(tool)),
      );
    }
    this.actions = this.possible([...offered]);
    const tools = element("div", {
      class: "rail-group",
      role: "group",
      "aria-label": strings.tools,
    });
    if (offered.size > 1) tools.append(...this.tools.values());
    const actions = element("div", {
      class: "rail-group",
      role: "group",
      "aria-label": strings.selected_object,
    });
    actions.append(...this.actions.map(([button]) => button));
    this.element = element("div", { class: "stage-rail" }, offered.size > 1 && tools, actions);
    editing.subscribe(() => this.update());
    this.update();
  }

  private possible(tools: ToolName[]): Action[] {
    const { editing } = this;
    const { strings } = editing.context;
    const isFree = (): boolean => editing.selected?.isLocked === false && !editing.isDrawing;
    const isPolygon = (): boolean => isFree() && editing.selected?.shape.polygon !== undefined;
    const isSet = (): boolean => editing.selected?.shape.keypoints !== undefined;
    const isBox = (): boolean => isFree() && editing.selected?.shape.box !== undefined;
    const all: (Action | false)[] = [
      tools.some((tool) => tool !== "box") && [
        iconButton("check", `${strings.finish} (Enter)`, () => editing.finish()),
        () => editing.isDrawing,
      ],
      tools.includes("keypoint") && [
        iconButton("half", `${strings.point_state} (v)`, () => editing.points.cycleState()),
        () => editing.isPlacing || (isFree() && isSet() && editing.chosen !== null),
      ],
      tools.includes("polygon") && [
        iconButton("hole", `${strings.add_hole} (o)`, () => editing.startHole()),
        isPolygon,
      ],
      tools.includes("box") && [
        iconButton("turn", `${strings.turn} (. ,)`, () => editing.points.turn(15)),
        isBox,
      ],
      [
        iconButton("copy", `${strings.duplicate} (Ctrl D)`, () => editing.copies.duplicate()),
        isFree,
      ],
      [iconButton("forward", `${strings.bring_forward} (PageUp)`, () => editing.raise(1)), isFree],
      [iconButton("back", `${strings.send_back} (PageDown)`, () => editing.raise(-1)), isFree],
    ];
    return all.filter((entry): entry is Action => entry !== false);
  }

  private update(): void {
    const { editing } = this;
    const tools = editing.control?.tools ?? [];
    for (const [tool, button] of this.tools) {
      button.setAttribute("aria-pressed", String(editing.tool === tool));
      button.disabled = !tools.includes(tool);
    }
    for (const [button, isPossible] of this.actions) button.disabled = !isPossible();
  }
}
