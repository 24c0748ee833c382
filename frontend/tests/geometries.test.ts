import assert from "node:assert/strict";
import { test } from "node:test";
import type { Drawn, Keypoint, Vertex } from "../editor/core/answer";
import { boundsOf, cornersOf } from "../editor/core/geometry";
import { isInsideRings, ringArea } from "../editor/core/rings";
import { geometryOf, GEOMETRIES } from "../editor/geometries/all";
import { turnedBy } from "../editor/geometries/box";
import { withNextState } from "../editor/geometries/keypoints";
import { holesFit, withHole, withoutVertex, withVertexAfter } from "../editor/geometries/outlines";

const SIZE = { width: 640, height: 480 };
const SQUARE: Vertex[] = [
  [100, 100],
  [200, 100],
  [200, 200],
  [100, 200],
];
const HOLE: Vertex[] = [
  [120, 120],
  [180, 120],
  [180, 180],
];
const SHAPES: Drawn[] = [
  { box: [100, 100, 80, 40], rotation: 0 },
  { box: [100, 100, 80, 40], rotation: 30 },
  { polygon: SQUARE },
  { polygon: SQUARE, holes: [HOLE] },
  { polyline: SQUARE },
  {
    keypoints: [
      [100, 100, 2],
      [0, 0, 0],
      [150, 160, 1],
    ],
  },
];

const isInside = (shape: Drawn): boolean => {
  const [x, y, width, height] = geometryOf(shape).bounds(shape);
  return x >= 0 && y >= 0 && x + width <= SIZE.width && y + height <= SIZE.height;
};

for (const shape of SHAPES) {
  const geometry = geometryOf(shape);
  const name = JSON.stringify(shape).slice(0, 40);

  test(`moved anywhere, it stays on the image and keeps its size: ${name}`, () => {
    const [, , width, height] = geometry.bounds(shape);
    for (const [dx, dy] of [
      [7, -3],
      [-900, -900],
      [900, 900],
    ] as const) {
      const there = { ...shape, ...geometry.moved(shape, dx, dy, SIZE) };
      assert.ok(isInside(there), JSON.stringify(there));
      const [, , wide, high] = geometry.bounds(there);
      assert.ok(Math.abs(wide - width) < 0.05 && Math.abs(high - height) < 0.05);
    }
  });

  test(`every grip can be dragged far out and the shape stays on the image: ${name}`, () => {
    for (const grip of geometry.grips(shape, 1)) {
      const there = { ...shape, ...geometry.dragged(shape, grip.name, { x: 5000, y: -70 }, SIZE) };
      assert.ok(isInside(there), `${grip.name} ${JSON.stringify(there)}`);
    }
  });

  test(`a grip put where it is changes nothing to speak of: ${name}`, () => {
    for (const grip of geometry.grips(shape, 1)) {
      const there = { ...shape, ...geometry.dragged(shape, grip.name, grip, SIZE) };
      const [a, b] = [geometry.bounds(shape), geometry.bounds(there)];
      assert.ok(
        a.every((value, index) => Math.abs(value - (b[index] ?? 0)) < 0.1),
        grip.name,
      );
    }
  });

  test(`its name stands at a point of it: ${name}`, () => {
    const { x, y } = geometry.anchor(shape);
    const [left, top, width] = geometry.bounds(shape);
    assert.ok(Math.abs(y - top) < 0.01 && x >= left - 0.01 && x <= left + width + 0.01);
  });

  test(`it knows itself, and is large enough: ${name}`, () => {
    assert.ok(geometry.owns(shape));
    assert.equal(Object.values(GEOMETRIES).filter((known) => known.owns(shape)).length, 1);
    assert.ok(geometry.isUsable(shape, SIZE));
  });
}

test("a turned box goes round and back", () => {
  const box: Drawn = { box: [200, 200, 80, 40], rotation: 0 };
  let turned = box;
  for (let step = 0; step < 24; step += 1) turned = turnedBy(turned, 15, SIZE);
  assert.equal(turned.rotation, 0);
  assert.deepEqual(turned.box, box.box);
});

test("a box in a corner is pushed in when it is turned", () => {
  const turned = turnedBy({ box: [0, 0, 100, 20], rotation: 0 }, 90, SIZE);
  assert.equal(turned.rotation, 90);
  assert.ok(isInside(turned));
});

test("a box that does not fit when turned stays as it was", () => {
  const wide: Drawn = { box: [0, 0, 640, 20], rotation: 0 };
  assert.deepEqual(turnedBy(wide, 90, SIZE), wide);
});

test("the opposite corner of a turned box stays where it is", () => {
  const box: Drawn = { box: [200, 200, 100, 60], rotation: 30 };
  const { box: next = [0, 0, 0, 0], rotation = 0 } = GEOMETRIES.box.dragged(
    box,
    "se",
    { x: 330, y: 320 },
    SIZE,
  );
  const [before, after] = [cornersOf([200, 200, 100, 60], 30)[0], cornersOf(next, rotation)[0]];
  assert.ok(Math.abs((before?.[0] ?? 0) - (after?.[0] ?? 9)) < 0.05);
  assert.ok(Math.abs((before?.[1] ?? 0) - (after?.[1] ?? 9)) < 0.05);
});

test("a click in a hole is not a click on the polygon", () => {
  const polygon: Drawn = { polygon: SQUARE, holes: [HOLE] };
  assert.ok(!GEOMETRIES.polygon.contains(polygon, { x: 170, y: 130 }, 2));
  assert.ok(GEOMETRIES.polygon.contains(polygon, { x: 110, y: 150 }, 2));
  assert.ok(isInsideRings([SQUARE], { x: 170, y: 130 }));
});

test("a point put in and taken out again leaves the polygon as it was", () => {
  const polygon: Drawn = { polygon: SQUARE };
  const more = withVertexAfter(polygon, { row: 0, index: 3 });
  assert.deepEqual(more?.polygon?.at(-1), [100, 150]);
  assert.deepEqual(withoutVertex(more ?? {}, { row: 0, index: 4 }), polygon);
});

test("a polygon keeps three points, a hole goes with its third", () => {
  const triangle: Drawn = { polygon: SQUARE.slice(0, 3) };
  assert.equal(withoutVertex(triangle, { row: 0, index: 0 }), null);
  const left = withoutVertex({ polygon: SQUARE, holes: [HOLE] }, { row: 1, index: 0 });
  assert.deepEqual(left, { polygon: SQUARE, holes: [] });
  assert.equal(withoutVertex({ polyline: SQUARE.slice(0, 2) }, { row: 0, index: 0 }), null);
});

test("a hole must lie inside", () => {
  const polygon: Drawn = { polygon: SQUARE };
  const outside: Vertex[] = HOLE.map(([x, y]) => [x + 60, y]);
  assert.ok(holesFit({ ...polygon, ...withHole(polygon, HOLE) }));
  assert.ok(!holesFit({ ...polygon, ...withHole(polygon, outside) }));
  assert.ok(!GEOMETRIES.polygon.isUsable({ ...polygon, ...withHole(polygon, outside) }, SIZE));
});

test("a slip of the hand is no shape", () => {
  const speck: Vertex[] = [
    [10, 10],
    [11, 10],
    [11, 11],
  ];
  assert.ok(!GEOMETRIES.polygon.isUsable({ polygon: speck }, SIZE));
  assert.ok(!GEOMETRIES.polyline.isUsable({ polyline: speck.slice(0, 2) }, SIZE));
  assert.ok(!GEOMETRIES.keypoint.isUsable({ keypoints: [[0, 0, 0]] }, SIZE));
});

test("a keypoint goes from visible over covered to absent and back", () => {
  const set: Drawn = {
    keypoints: [
      [5, 5, 2],
      [9, 9, 2],
    ],
  };
  const states: (Keypoint | undefined)[] = [];
  let now = set;
  for (let step = 0; step < 3; step += 1) {
    now = withNextState(now, 0, [3, 3]);
    states.push(now.keypoints?.[0]);
  }
  assert.deepEqual(states, [
    [5, 5, 1],
    [0, 0, 0],
    [3, 3, 2],
  ]);
  assert.deepEqual(now.keypoints?.[1], [9, 9, 2]);
});

test("absent points are neither drawn nor measured", () => {
  const set: Drawn = {
    keypoints: [
      [50, 60, 2],
      [0, 0, 0],
      [70, 80, 1],
    ],
  };
  const skeleton = {
    names: ["a", "b", "c"],
    edges: [
      [0, 1],
      [0, 2],
    ] as [number, number][],
  };
  assert.equal(GEOMETRIES.keypoint.path(set, skeleton), "M50 60L70 80");
  assert.deepEqual(GEOMETRIES.keypoint.bounds(set), [50, 60, 20, 20]);
});

test("areas and bounds of rings", () => {
  assert.equal(ringArea(SQUARE), 10_000);
  assert.deepEqual(boundsOf(SQUARE), [100, 100, 100, 100]);
  assert.deepEqual(boundsOf([]), [0, 0, 0, 0]);
});
