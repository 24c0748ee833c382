/** The review desk's elements: answers to compare, and one answer to correct. */

import { AnswerEditor } from "./review/answer_editor";
import { AnswerView } from "./review/answer_view";
import { bindBlink } from "./review/blink";

customElements.define("answer-view", AnswerView);
customElements.define("answer-editor", AnswerEditor);
bindBlink();
