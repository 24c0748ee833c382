// Marks each element in whose colours enough text was measured, on this page or on one before: of the
// same name and class, in the same ink, on the same grounds up to the page. What lies over the flow,
// and what lies under it, is measured each time: what is seen behind a text there need not be what
// it is in. So are controls and labels, which axe leaves out while they are disabled.
(counts) => {
  const ENOUGH = 3;
  const INK = "color -webkit-text-fill-color -webkit-text-stroke font-size font-weight text-shadow";
  const GROUND = "background-color background-image opacity filter mix-blend-mode";
  const UNPAINTED = "rgba(0, 0, 0, 0) none 1 none normal";
  const EACH = ".visually-hidden, label, input, select, textarea, :disabled, [aria-disabled]";
  const WORDS = /[\p{L}\p{N}].*[\p{L}\p{N}]/su;

  const values = (style, names) =>
    names.split(" ").map((name) => style.getPropertyValue(name)).join(" ");
  const isShown = (node) => node.checkVisibility({ visibilityProperty: true });

  // axe asks for more than a sign to measure.
  function kindOf(node) {
    const texts = [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE);
    const text = texts.map((child) => child.data).join(" ").trim();
    return text && (WORDS.test(text) ? "words" : "sign");
  }

  // Counts go from page to page as numbers, as the looks would be long.
  function numbered(look) {
    let number = 0;
    for (const char of look) number = (Math.imul(number, 31) + char.codePointAt(0)) | 0;
    return number;
  }

  const around = new Set();
  for (const node of document.body.querySelectorAll(":not(.visually-hidden)")) {
    const { position } = getComputedStyle(node);
    const isLaid = position === "absolute" || position === "fixed";
    if (!(isLaid || position === "sticky") || !isShown(node)) continue;
    around.add(node);
    if (isLaid && node.offsetParent !== document.body) around.add(node.offsetParent);
  }

  function mark(node, ground) {
    // One that is left out as alike counts for nothing.
    if (around.has(node) || node.matches(EACH) || "alike" in node.dataset) return;
    const style = getComputedStyle(node);
    const painted = values(style, GROUND);
    const grounds = painted === UNPAINTED ? ground : `${ground} ${painted}`;
    const look = numbered(
      [grounds, node.localName, node.getAttribute("class"), kindOf(node), values(style, INK)].join(" "),
    );
    if (isShown(node)) {
      const count = counts[look] ?? 0;
      if (count >= ENOUGH) node.dataset.measured = "";
      else counts[look] = count + 1;
    }
    for (const child of node.children) mark(child, grounds);
  }

  mark(document.body, values(getComputedStyle(document.documentElement), GROUND));
  return counts;
};
