// Looks at one page in the made-up language; returns what is not translated, cut off or covered.
() => {
  // What people wrote, and the pseudonyms that stand for them.
  const DATA = /◆\S*|P-[0-9a-f]{8}/gu;
  // Names that are the same in every language: ours, of formats, and what is printed on keys.
  const NAMES = /(?<!\p{L})(LabelOps|JSONL?|CSV|COCO|YOLO|Pascal VOC|CoNLL|Label Studio|Parquet|Ctrl|Shift|Enter|PageUp|PageDown|\p{L})(?!\p{L})/gu;
  const ATTRIBUTES = ["aria-label", "title", "placeholder", "alt"];
  const CONTROLS = "button, a.btn, .nav-link, .form-label, legend, label, th, .badge, h1, h2, h3";
  const found = [];

  const isShown = (element) => {
    const shown = element.closest("option, optgroup")?.closest("select") ?? element;
    return shown.checkVisibility({ visibilityProperty: true });
  };
  const where = (element) => {
    const name = element.tagName.toLowerCase();
    return `<${name} class="${element.getAttribute("class") ?? ""}">`;
  };
  const block = (element) => {
    let at = element;
    while (at.parentElement && getComputedStyle(at).display === "inline") at = at.parentElement;
    return at;
  };

  // A sentence may hold a link: its marks are then in other nodes of the same block.
  const depths = new Map();
  const outside = (text, key) => {
    let depth = depths.get(key) ?? 0;
    let left = "";
    for (const char of text) {
      if (char === "⟦") depth += 1;
      else if (char === "⟧") depth -= 1;
      else left += depth === 0 ? char : " ";
    }
    depths.set(key, depth);
    return left.replace(DATA, "").replace(NAMES, "");
  };
  const isPlain = (text) => /\p{L}/u.test(text);

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (element.closest("script, style, template, noscript, kbd")) continue;
    const left = outside(node.data, block(element));
    if (isPlain(left) && isShown(element))
      found.push(`text: ${node.data.trim()} ${where(element)}`);
  }
  for (const element of document.body.querySelectorAll("*")) {
    for (const name of ATTRIBUTES) {
      const value = element.getAttribute(name);
      if (value && isPlain(outside(value, {})) && isShown(element)) {
        found.push(`${name}: ${value} ${where(element)}`);
      }
    }
  }
  if (isPlain(outside(document.title, {}))) found.push(`title of the page: ${document.title}`);
  if (document.documentElement.dir !== "rtl") found.push("the page is not written right to left");

  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) found.push(`page: ${page.scrollWidth} px wide`);
  const shown = [...document.body.querySelectorAll(CONTROLS)].filter(
    (element) => isShown(element) && !element.matches(".visually-hidden, .skip-link"),
  );
  for (const element of shown) {
    if (element.closest(".visually-hidden") || element.clientWidth === 0) continue;
    if (element.scrollWidth > element.clientWidth + 1) {
      const sizes = `${element.scrollWidth} in ${element.clientWidth} px`;
      found.push(`cut off: ${element.textContent.trim()} (${sizes}) ${where(element)}`);
    }
  }
  // A menu or a bar that stays in sight may lie over what scrolls under it.
  const layer = (element) => {
    let at = element;
    while (at && !/sticky|fixed|absolute/u.test(getComputedStyle(at).position))
      at = at.parentElement;
    return at;
  };
  const buttons = shown.filter((element) => element.matches("button, a.btn, .nav-link"));
  buttons.forEach((one, index) => {
    const a = one.getBoundingClientRect();
    for (const other of buttons.slice(0, index)) {
      if (one.contains(other) || other.contains(one) || layer(one) !== layer(other)) continue;
      const b = other.getBoundingClientRect();
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 2 && down > 2) {
        found.push(`overlap: ${one.textContent.trim()} and ${other.textContent.trim()}`);
      }
    }
  });
  return [...new Set(found)];
};
