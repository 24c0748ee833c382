/** Black or white, whichever reads better on a colour. */
export function inkOn(color: string): string {
  const channels = /^#?([\da-f]{2})([\da-f]{2})([\da-f]{2})/iu.exec(color);
  const [r, g, b] = (channels?.slice(1) ?? ["0", "0", "0"]).map((part) => {
    const share = Number.parseInt(part, 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
  return luminance > 0.179 ? "#000" : "#fff";
}
