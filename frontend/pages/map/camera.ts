/** Which part of the map is seen: a point of the map in the middle, and how large it is drawn. */

export interface Camera {
  x: number;
  y: number;
  /** Pixels for one unit of the map. */
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

const MOST = 400;

/** All of the square from -1 to 1, with a margin. */
export function whole(size: Size): Camera {
  return { x: 0, y: 0, scale: 0.47 * Math.max(1, Math.min(size.width, size.height)) };
}

/** Moved by so many pixels, as a hand moves paper. */
export function moved(camera: Camera, right: number, down: number): Camera {
  const x = clamped(camera.x - right / camera.scale, 1);
  const y = clamped(camera.y - down / camera.scale, 1);
  return { ...camera, x, y };
}

/** Larger or smaller, so that what is at a pixel stays there. */
export function zoomed(camera: Camera, size: Size, factor: number, at: [number, number]): Camera {
  const least = whole(size).scale / 2;
  const scale = Math.min(Math.max(camera.scale * factor, least), least * MOST);
  const [right, down] = [at[0] - size.width / 2, at[1] - size.height / 2];
  const x = camera.x + right / camera.scale - right / scale;
  const y = camera.y + down / camera.scale - down / scale;
  return { x: clamped(x, 1), y: clamped(y, 1), scale };
}

/** Where a point of the map is on the screen. */
export function onScreen(camera: Camera, size: Size, x: number, y: number): [number, number] {
  return [
    (x - camera.x) * camera.scale + size.width / 2,
    (y - camera.y) * camera.scale + size.height / 2,
  ];
}

/** The point of the map at a pixel. */
export function onMap(camera: Camera, size: Size, right: number, down: number): [number, number] {
  return [
    (right - size.width / 2) / camera.scale + camera.x,
    (down - size.height / 2) / camera.scale + camera.y,
  ];
}

function clamped(value: number, most: number): number {
  return Math.min(Math.max(value, -most), most);
}
