// Marks each element that looks like three of its siblings before it: same names, classes, roles
// and states all the way down, only other words in it. Of fifty such rows axe examines three.
() => {
  const ENOUGH = 3;
  // Of these it matters whether they say something, not what.
  const WORDS = new Set(
    "alt aria-describedby aria-label aria-labelledby datetime for href id name src title value".split(
      " ",
    ),
  );
  const numbers = new Map();
  const numbered = (look) => numbers.get(look) ?? numbers.set(look, numbers.size).get(look);
  const looks = new Map();

  const words = (text) => (text.trim() ? "words" : "");
  const shown = ({ name, value }) => `${name}=${WORDS.has(name) ? words(value) : value}`;

  function lookOf(node) {
    if (node.nodeType === Node.TEXT_NODE) return words(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE) return "";
    const parts = [node.localName, ...[...node.attributes].map(shown), "|"];
    for (const child of node.childNodes) parts.push(lookOf(child));
    const look = numbered(parts.join(" "));
    looks.set(node, look);
    return look;
  }

  function mark(parent) {
    const counts = new Map();
    for (const child of parent.children) {
      const count = (counts.get(looks.get(child)) ?? 0) + 1;
      counts.set(looks.get(child), count);
      if (count > ENOUGH) child.dataset.alike = "";
      else mark(child);
    }
  }

  lookOf(document.body);
  mark(document.body);
};
