/** The guide to a class: on a key, or when the pointer or the focus rests on it. */

import type { Assignment } from "../net/assignments";
import type { ClassGuide, ClassName, QuestionsApi } from "../net/questions";
import type { Strings } from "../strings";
import { GuideCard } from "./guide_card";

const REST_MS = 700;
/** Long enough to go from the class to the card. */
const LEAVE_MS = 300;
const OPTION = "[data-option]";
const CHOSEN =
  '[data-option]:is([aria-pressed="true"], [aria-checked="true"], [aria-selected="true"])';
/** Of several questions, the one where the focus is comes first. */
const MEANT = [
  `[data-control]:focus-within ${CHOSEN}`,
  CHOSEN,
  `${OPTION}:focus`,
  `${OPTION}:hover`,
];

export class Guide {
  readonly card: GuideCard;
  private task: Assignment | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** The option that the card speaks of as long as the pointer or the focus is on it. */
  private rested: HTMLElement | null = null;
  private readonly guides = new Map<string, Promise<ClassGuide[]>>();

  /** `controls` is where the options stand. */
  constructor(
    private readonly controls: HTMLElement,
    private readonly api: QuestionsApi,
    private readonly strings: Strings,
    private readonly announce: (sentence: string) => void,
  ) {
    this.card = new GuideCard(strings);
    controls.addEventListener("pointermove", (event) => {
      // What moves under a hand that rests is not meant.
      const isMeant = event.pointerType === "mouse" && (event.movementX || event.movementY);
      if (isMeant) this.restOn(optionAt(event.target));
    });
    controls.addEventListener("pointerleave", () => this.restOn(null));
    this.card.element.addEventListener("pointerenter", () => clearTimeout(this.timer));
    this.card.element.addEventListener("pointerleave", () => this.restOn(null));
    controls.addEventListener("click", () => clearTimeout(this.timer));
    controls.addEventListener("focusin", ({ target }) => {
      const option = optionAt(target);
      if (option?.matches(":focus-visible")) this.restOn(option);
    });
    controls.addEventListener("focusout", () => this.restOn(null));
  }

  setTask(task: Assignment): void {
    this.task = task;
    this.hide();
  }

  hide(): void {
    clearTimeout(this.timer);
    this.rested = null;
    this.card.hide();
  }

  /** For the chosen class, else the one that is pointed at; or puts the card away. */
  toggle(): void {
    if (this.card.isOpen) return this.hide();
    const [option] = MEANT.flatMap((which) => [
      ...this.controls.querySelectorAll<HTMLElement>(which),
    ]);
    const name = option && nameOf(option);
    if (!name) return this.announce(this.strings.guide_no_class);
    void this.show(name, () => this.announce(this.strings.guide_empty));
  }

  private restOn(option: HTMLElement | null): void {
    clearTimeout(this.timer);
    if (option && option === this.rested) return;
    const name = option && nameOf(option);
    if (!name) {
      if (this.rested) this.timer = setTimeout(() => this.hide(), LEAVE_MS);
      return;
    }
    if (this.rested) this.hide();
    if (this.card.isOpen) return;
    this.timer = setTimeout(() => {
      this.rested = option;
      void this.show(name, () => undefined);
    }, REST_MS);
  }

  private async show({ control, value }: ClassName, onNothing: () => void): Promise<void> {
    const { task, rested } = this;
    if (!task) return;
    const classes = await this.classes(task).catch(() => null);
    if (task !== this.task || rested !== this.rested) return;
    if (!classes) return this.announce(this.strings.instructions_failed);
    const found = classes.find((entry) => entry.control === control && entry.value === value);
    if (found) this.card.show(found);
    else onNothing();
  }

  /** Asked for once a version; what failed is asked for again. */
  private classes({
    assignment,
    batch,
    instruction_version: version,
  }: Assignment): Promise<ClassGuide[]> {
    // A session may go over several projects, whose versions have the same numbers.
    const key = JSON.stringify([version.number, batch.name, version.label_schema]);
    const asked = this.guides.get(key) ?? this.api.guide(assignment);
    this.guides.set(key, asked);
    asked.catch(() => this.guides.delete(key));
    return asked;
  }
}

function optionAt(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>(OPTION) : null;
}

function nameOf(option: HTMLElement): ClassName | null {
  const control = option.closest<HTMLElement>("[data-control]")?.dataset["control"];
  const value = option.dataset["option"];
  return control !== undefined && value !== undefined ? { control, value } : null;
}
