/** Whether the bytes of an image are all there: browsers show one that is cut off without a word. */

const [MARKER, START, SCAN, END] = [0xff, 0xd8, 0xda, 0xd9];
/** Some writers put a little behind the end; a file that is cut off has nothing like an end there. */
const TAIL = 4_096;

export function isWhole(bytes: Uint8Array): boolean {
  const name = text(bytes, 0, 4);
  if (name === "\x89PNG") return text(bytes, bytes.length - TAIL, bytes.length).includes("IEND");
  if (name === "RIFF") return bytes.length >= 8 && bytes.length >= 8 + littleEndian(bytes, 4);
  if (bytes[0] === MARKER && bytes[1] === START) return hasEnd(bytes, firstScan(bytes));
  return true;
}

/** Where the picture itself begins: what stands before it may hold a small picture with its end. */
function firstScan(bytes: Uint8Array): number {
  let at = 2;
  while (at + 3 < bytes.length && bytes[at] === MARKER && bytes[at + 1] !== SCAN) {
    // A marker may be filled up with more of its first byte.
    if (bytes[at + 1] === MARKER) at += 1;
    else at += 2 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
  }
  return at;
}

/** Backwards, as the end stands at the end: within the picture no END can stand. */
function hasEnd(bytes: Uint8Array, from: number): boolean {
  for (let at = bytes.length - 2; at > from; at -= 1) {
    if (bytes[at] === MARKER && bytes[at + 1] === END) return true;
  }
  return false;
}

function text(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(Math.max(0, start), end));
}

function littleEndian(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}
