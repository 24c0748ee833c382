/** What was right about the item before this one, where the item was there to learn from. */

import { element } from "../dom";
import type { Explanation } from "../net/assignments";
import { fill, type Strings } from "../strings";
import { aidFrame, setOpen } from "./aid_frame";

/**
 * It stands beside the next item, which is ready all the while, until Escape closes it. An answer
 * that is taken back takes its explanation along.
 */
export class Explained {
  /** Where the panel comes and goes: people who listen are told of it. */
  readonly element = element("div", { role: "status" });
  private assignment = "";

  constructor(
    private readonly strings: Strings,
    private readonly fetch: (assignment: string) => Promise<Explanation>,
  ) {}

  get isOpen(): boolean {
    return this.element.hasChildNodes();
  }

  /** Nobody loses work over an explanation that does not arrive. */
  async tell(assignment: string): Promise<void> {
    this.assignment = assignment;
    const found = await this.fetch(assignment).catch(() => null);
    if (!found || this.assignment !== assignment) return;
    const panel = this.build(found);
    setOpen(panel, true);
    this.element.replaceChildren(panel);
  }

  close(): void {
    // First the focus goes on to the questions, then the panel goes.
    const panel = this.element.firstElementChild;
    if (panel instanceof HTMLElement) setOpen(panel, false);
    this.element.replaceChildren();
  }

  forget(assignment: string): void {
    if (this.assignment !== assignment) return;
    this.assignment = "";
    this.close();
  }

  private build(found: Explanation): HTMLElement {
    const { strings } = this;
    const name = found.is_right ? strings.explained_right : strings.explained_wrong;
    const line = (sentence: string, answer: string): HTMLElement =>
      element("p", { dir: "auto" }, fill(sentence, { answer }));
    return aidFrame(
      strings,
      {
        kind: found.is_right ? "explained is-right" : "explained is-wrong",
        name,
        close: () => this.close(),
      },
      found.is_right ? null : line(strings.explained_given, found.given),
      line(strings.explained_answer, found.right),
      ...found.alternatives.map((answer) => line(strings.explained_also, answer)),
      element("p", { dir: "auto" }, element("strong", {}, found.reason)),
      element("p", { class: "aid-hint" }, strings.explained_close),
    );
  }
}
