/** What an expert said to the question that this person asked of the item. */

import { element } from "../dom";
import type { AnsweredQuestion } from "../net/assignments";
import { fill, type Strings } from "../strings";
import { aidFrame, setOpen } from "./aid_frame";

export function answeredNotice(
  { text, answer, ruling }: AnsweredQuestion,
  strings: Strings,
): HTMLElement {
  const verdict = ruling && fill(strings.ruling, { ...ruling });
  const close = (): void => setOpen(notice, false);
  const notice = aidFrame(
    strings,
    { kind: "answered", name: strings.question_answered, close },
    element("p", { dir: "auto" }, fill(strings.question_yours, { text })),
    verdict ? element("p", { dir: "auto" }, element("strong", {}, verdict)) : null,
    // An answer that only repeats its ruling is said once.
    answer && answer !== ruling?.verdict ? element("p", { dir: "auto" }, answer) : null,
  );
  setOpen(notice, true);
  return notice;
}
