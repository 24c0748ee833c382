/** Rulings that may answer a question, while it is being typed. */

import { element } from "../dom";
import type { Ruling } from "../net/questions";
import { fill, type Strings } from "../strings";

const PAUSE_MS = 300;
const FEWEST_CHARACTERS = 3;

export interface SimilarActions {
  find(words: string): Promise<Ruling[]>;
  /** The person says that a ruling answers the question. */
  choose(ruling: number): void;
}

export class SimilarRulings {
  readonly element = element("div", { class: "similar", role: "status" });
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = "";

  constructor(
    private readonly strings: Strings,
    private readonly actions: SimilarActions,
  ) {}

  /** The words have changed. */
  follow(text: string): void {
    const words = text.trim();
    if (words === this.asked) return;
    this.asked = words;
    clearTimeout(this.timer);
    if (words.length < FEWEST_CHARACTERS) return this.element.replaceChildren();
    this.timer = setTimeout(() => void this.find(words), PAUSE_MS);
  }

  private async find(words: string): Promise<void> {
    // Without a line there is nothing to be shown; the question itself says so when it is sent.
    const rulings = await this.actions.find(words).catch(() => []);
    if (words !== this.asked) return;
    const title = element("h3", {}, this.strings.question_similar);
    const entries = rulings.map((ruling) => this.entry(ruling));
    this.element.replaceChildren(...(entries.length > 0 ? [title, ...entries] : []));
  }

  private entry({ number, verdict, text }: Ruling): HTMLElement {
    const button = element(
      "button",
      { type: "button", class: "button" },
      this.strings.question_known,
    );
    button.addEventListener("click", () => this.actions.choose(number));
    return element(
      "article",
      { class: "ruling" },
      element("h4", { dir: "auto" }, fill(this.strings.ruling, { number, verdict })),
      text ? element("p", { dir: "auto" }, text) : null,
      button,
    );
  }
}
