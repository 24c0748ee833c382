import assert from "node:assert/strict";
import { test } from "node:test";
import { type Line, Refused, Sending } from "../pages/sending";

const MB = 1_024 * 1_024;

/** A server that counts bytes, and a line on which requests fail as they are told. */
class World implements Line {
  received = 0;
  clock = 0;
  secondsPerPiece = 0.1;
  readonly failures: (number | null)[] = [];
  readonly pieces: number[] = [];
  readonly waits: number[] = [];
  onPut = (): void => undefined;

  constructor(readonly total: number) {}

  async request(method: string, _address: string, init: RequestInit = {}): Promise<Response> {
    this.clock += this.secondsPerPiece;
    const failure = this.failures.shift();
    if (failure === null) throw new TypeError("no line");
    if (failure) return Response.json({ message: "No.", hint: "Never." }, { status: failure });
    if (method === "PUT") {
      const place = new Headers(init.headers).get("Content-Range") ?? "";
      const [, first = "-1", last = "-1"] = /^bytes (\d+)-(\d+)\//u.exec(place) ?? [];
      if (Number(first) !== this.received) return Response.json({}, { status: 409 });
      this.received = Number(last) + 1;
      this.pieces.push((init.body as Blob).size);
      this.onPut();
    }
    const state = this.received === this.total ? "complete" : "receiving";
    return Response.json({ received: this.received, piece_most: 8 * MB, state, page: "/page/" });
  }

  async wait(seconds: number): Promise<void> {
    this.waits.push(seconds);
  }

  now(): number {
    return this.clock;
  }
}

function sendingTo(world: World): { sending: Sending; seen: number[] } {
  const seen: number[] = [];
  const file = new Blob([new Uint8Array(world.total)]);
  const watcher = {
    progressed: (received: number) => void seen.push(received),
    waiting: () => undefined,
  };
  return { sending: new Sending(file, "/upload/", world, watcher), seen };
}

test("all pieces arrive, and grow while the line is quick", async () => {
  const world = new World(40 * MB + 7);
  const { sending, seen } = sendingTo(world);
  const answer = await sending.run();
  assert.equal(answer?.page, "/page/");
  assert.equal(
    world.pieces.reduce((sum, piece) => sum + piece, 0),
    world.total,
  );
  assert.equal(Math.max(...world.pieces), 8 * MB);
  assert.deepEqual(
    seen,
    [...seen].sort((one, other) => one - other),
  );
});

test("pieces shrink on a slow line", async () => {
  const world = new World(2 * MB);
  world.secondsPerPiece = 20;
  await sendingTo(world).sending.run();
  assert.equal(Math.min(...world.pieces.slice(0, -1)), 64 * 1_024);
});

test("what breaks is tried again with growing waits, from where the server is", async () => {
  const world = new World(MB);
  world.received = 1_000;
  world.failures.push(0, null, 503, null, 0, 409);
  const { sending } = sendingTo(world);
  assert.equal((await sending.run())?.state, "complete");
  assert.deepEqual(world.waits, [1, 2, 4]);
  assert.equal(world.received, MB);
});

test("a refusal is said, and not tried again", async () => {
  const world = new World(MB);
  world.failures.push(0, 404);
  await assert.rejects(sendingTo(world).sending.run(), (error: Refused) => {
    assert.equal(error.message, "No. Never.");
    return error.status === 404;
  });
  assert.deepEqual(world.waits, []);
});

test("a pause ends after the piece under way, and another run goes on", async () => {
  const world = new World(3 * MB);
  const { sending } = sendingTo(world);
  world.onPut = () => sending.stop();
  assert.equal(await sending.run(), null);
  assert.equal(world.pieces.length, 1);
  world.onPut = () => undefined;
  assert.equal((await sendingTo(world).sending.run())?.state, "complete");
});
