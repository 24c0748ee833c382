/** HTML of the clipboard as Markdown: headings, lists, tables, emphasis and links; nothing else. */

import Turndown from "turndown";
import { strikethrough, tables } from "turndown-plugin-gfm";

const converter = new Turndown({
  headingStyle: "atx",
  bulletListMarker: "-",
  codeBlockStyle: "fenced",
});
converter.use([tables, strikethrough]);
converter.remove(["script", "title", "meta", "iframe"] as Turndown.Filter);
// Addresses of pictures are on somebody's disk, or on a server that would see every reader.
converter.addRule("image", {
  filter: "img",
  replacement: (_content, node) => (node as HTMLElement).getAttribute("alt") ?? "",
});
// Word writes bold headings and empty paragraphs.
converter.addRule("heading", {
  filter: ["h1", "h2", "h3", "h4", "h5", "h6"],
  replacement: (_content, node) => {
    const words = (node.textContent ?? "").replace(/\s+/gu, " ").trim();
    return words ? `\n\n${"#".repeat(Number(node.nodeName[1]))} ${words}\n\n` : "";
  },
});

// Styles say nothing here, and the page's policy would report each of them.
const STYLES = /<style\b[\s\S]*?<\/style>|\sstyle=(?:"[^"]*"|'[^']*')/giu;

export function toMarkdown(pasted: string): string {
  const html = pasted.replaceAll(STYLES, "");
  return `${converter
    .turndown(html)
    .replaceAll(/\u00a0/gu, " ")
    .replaceAll(/\n{3,}/gu, "\n\n")}\n`;
}
