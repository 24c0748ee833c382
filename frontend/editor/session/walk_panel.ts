/** Walking a decision tree: Y and N answer a question, Backspace goes back, the end is a class. */

import { placeAfter, type Step, type Tree, type TreeNode, type YesNo } from "../core/tree";
import { element } from "../dom";
import { fill, type Strings } from "../strings";
import { aidFrame, setOpen } from "./aid_frame";

type Ended = (tree: Tree, steps: Step[], end: string) => void;

export class WalkPanel {
  readonly element: HTMLElement;
  private readonly title = element("h2", { dir: "auto" });
  private readonly trail = element("ol", { class: "walk-trail" });
  private readonly question = element("p", { class: "walk-question", role: "status", dir: "auto" });
  private readonly choices = element("div", { class: "options" });
  private readonly answers: HTMLElement;
  private readonly back: HTMLButtonElement;
  private trees: readonly Tree[] = [];
  private tree: Tree | null = null;
  private steps: Step[] = [];

  constructor(
    private readonly strings: Strings,
    private readonly ended: Ended,
  ) {
    this.back = this.button(strings.walk_back, "⌫", "", () => this.goBack());
    this.answers = element(
      "p",
      { class: "actions" },
      this.button(strings.yes, "y", "button-primary", () => this.answer("yes")),
      this.button(strings.no, "n", "button-primary", () => this.answer("no")),
      this.back,
    );
    const close = (): void => this.toggle(false);
    const frame = { kind: "walk", name: strings.walk, title: this.title, close };
    const parts = [this.trail, this.question, this.choices, this.answers];
    this.element = aidFrame(strings, frame, ...parts);
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  /** The trees of the task that is on the page now. */
  setTrees(trees: readonly Tree[]): void {
    this.trees = trees;
    this.toggle(false);
  }

  toggle(isOpen = !this.isOpen): void {
    setOpen(this.element, isOpen);
    this.steps = [];
    this.tree = this.trees.length === 1 ? (this.trees[0] ?? null) : null;
    this.update();
  }

  /** The keys while a walk is open. */
  press(event: KeyboardEvent, names: string[]): boolean {
    if (!this.isOpen || event.ctrlKey || event.metaKey || event.altKey) return false;
    const act = names.map((name) => this.actOf(name)).find(Boolean);
    // A key held down must not answer the questions that follow.
    if (act && !event.repeat) act();
    return act !== undefined;
  }

  private actOf(name: string): (() => void) | undefined {
    if (name === "Escape") return () => this.toggle(false);
    if (!this.tree) {
      const tree = /^[1-9]$/u.test(name) ? this.trees[Number(name) - 1] : undefined;
      return tree && (() => this.begin(tree));
    }
    if (name === "y") return () => this.answer("yes");
    if (name === "n") return () => this.answer("no");
    return name === "Backspace" ? () => this.goBack() : undefined;
  }

  private begin(tree: Tree): void {
    this.tree = tree;
    this.update();
  }

  private answer(answer: YesNo): void {
    const { tree, node } = this;
    if (!tree || !node) return;
    this.steps.push([node.id, answer]);
    const place = placeAfter(tree, this.steps);
    if (!place || !("end" in place)) return this.update();
    const { steps } = this;
    this.toggle(false);
    this.ended(tree, steps, place.end);
  }

  private goBack(): void {
    if (this.steps.length > 0) this.steps.pop();
    else if (this.trees.length > 1) this.tree = null;
    this.update();
  }

  /** The question that the walk stands at. */
  private get node(): TreeNode | null {
    const place = this.tree && placeAfter(this.tree, this.steps);
    return place && "node" in place ? place.node : null;
  }

  private update(): void {
    const { strings, tree } = this;
    this.title.textContent = tree?.title || strings.walk;
    this.question.textContent = this.isOpen ? (this.node?.question ?? strings.walk_choose) : "";
    this.answers.hidden = this.choices.hidden = true;
    (tree ? this.answers : this.choices).hidden = false;
    this.back.disabled = this.steps.length === 0 && this.trees.length < 2;
    this.choices.replaceChildren(
      ...this.trees.slice(0, 9).map((entry, at) => this.choice(entry, at)),
    );
    this.trail.replaceChildren(...this.steps.map((step) => this.passed(step)));
  }

  private passed([id, answer]: Step): HTMLElement {
    const question = this.tree?.nodes.find((node) => node.id === id)?.question ?? "";
    const said = answer === "yes" ? this.strings.yes : this.strings.no;
    const sentence = fill(this.strings.walk_passed, { question, answer: said });
    return element("li", { dir: "auto" }, sentence);
  }

  private choice(tree: Tree, at: number): HTMLButtonElement {
    const button = element(
      "button",
      { type: "button", class: "option" },
      element("span", { class: "option-title", dir: "auto" }, tree.title || this.strings.walk),
      element("kbd", { "aria-hidden": "true" }, String(at + 1)),
    );
    button.addEventListener("click", () => this.begin(tree));
    return button;
  }

  private button(title: string, key: string, kind: string, act: () => void): HTMLButtonElement {
    const button = element(
      "button",
      { type: "button", class: `button ${kind}` },
      title,
      element("kbd", { "aria-hidden": "true" }, key),
    );
    button.addEventListener("click", act);
    return button;
  }
}
