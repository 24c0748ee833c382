/**
 * textarea[data-paste-markdown]: what is pasted from a word processor or a web page becomes
 * Markdown. The server takes it as the Markdown of a stranger all the same.
 */

import { toMarkdown } from "./to_markdown";

document.addEventListener("paste", (event) => {
  const field = event.target;
  const html = event.clipboardData?.getData("text/html");
  if (!(field instanceof HTMLTextAreaElement) || !html) return;
  if (!field.hasAttribute("data-paste-markdown")) return;
  event.preventDefault();
  const { selectionStart, selectionEnd } = field;
  field.setRangeText(toMarkdown(html), selectionStart, selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
