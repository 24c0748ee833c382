// axe reads a colour anew wherever it meets it, by a library for every colour space: half of what
// measuring contrasts takes. A page has a few dozen of them.
() => {
  const read = new Map();
  const { Color } = axe.commons.color;
  const parse = Color.prototype.parseString;
  Color.prototype.parseString = function (text) {
    if (!read.has(text)) read.set(text, parse.call(new Color(0, 0, 0), text));
    const { r, g, b, alpha } = read.get(text);
    return Object.assign(this, { r, g, b, alpha });
  };
};
