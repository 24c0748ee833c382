/** The review desk's elements: answers to compare, and one answer to correct. */

import { AnswerEditor } from "./review/answer_editor";
import { AnswerView } from "./review/answer_view";
import { bindBlink } from "./review/blink";
import { ReviewDesk } from "./review/desk";

customElements.define("answer-view", AnswerView);
customElements.define("answer-editor", AnswerEditor);
bindBlink();

const desk = document.querySelector<HTMLElement>("[data-desk]");
if (desk) new ReviewDesk(desk);
