/** Whether the bytes of an image are all there: browsers show one that is cut off without a word. */

const SCAN = 0xda;
const [PNG, RIFF] = ["\x89PNG", "RIFF"];

export function isWhole(bytes: Uint8Array): boolean {
  const name = text(bytes, 0, 4);
  if (name === PNG) return hasNear(bytes, "IEND", bytes.length - 4);
  if (name === RIFF) return bytes.length >= 8 + littleEndian(bytes, 4);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return hasEnd(bytes, firstScan(bytes));
  return true;
}

/** Looks backwards: of a whole file, the end stands at the end. */
function hasNear(bytes: Uint8Array, name: string, from: number): boolean {
  for (let at = from; at > 0; at -= 1) if (text(bytes, at, at + 4) === name) return true;
  return false;
}

/** Where the picture itself begins: what stands before it may hold a small picture with its end. */
function firstScan(bytes: Uint8Array): number {
  let at = 2;
  while (at + 3 < bytes.length && bytes[at] === 0xff && bytes[at + 1] !== SCAN) {
    at += 2 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
  }
  return at;
}

function hasEnd(bytes: Uint8Array, from: number): boolean {
  for (let at = bytes.length - 2; at > from; at -= 1) {
    if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return true;
  }
  return false;
}

function text(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}

function littleEndian(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}
