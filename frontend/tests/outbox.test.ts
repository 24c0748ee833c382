import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, type Trouble } from "../editor/net/http";
import { type Action, Outbox } from "../editor/net/outbox";
import { MemoryStore } from "../editor/net/store";
import type { AssignmentsApi } from "../editor/net/assignments";

const CLOCKS = { active_ms: 1, reading_ms: 0, idle_ms: 0 };

function submit(assignment: string, key = `key ${assignment}`): Action {
  const submission = { request_id: key, answer: { bird: "robin" }, ...CLOCKS };
  return { kind: "submit", assignment, task: `task of ${assignment}`, submission };
}

class Server {
  readonly got: string[] = [];
  trouble: Trouble | null = null;
  private readonly gates: (() => void)[] = [];
  isHeld = false;

  async perform(action: Action): Promise<boolean> {
    if (this.isHeld) await new Promise<void>((resolve) => this.gates.push(resolve));
    if (this.trouble) throw new ApiError(this.trouble, "no", "code");
    this.got.push(`${action.kind} ${action.assignment}`);
  }

  letGo(): void {
    this.isHeld = false;
    for (const open of this.gates.splice(0)) open();
  }
}

function office(server = new Server(), store = new MemoryStore()) {
  const failed: string[] = [];
  const outbox = new Outbox(store, server as unknown as AssignmentsApi, {
    changed: () => undefined,
    sent: () => undefined,
    failed: (action, error) => failed.push(`${action.kind} ${action.assignment} ${error.trouble}`),
  });
  return { server, store, outbox, failed };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test("actions are kept until the server has them, and sent in order", async () => {
  const { server, store, outbox } = office();
  server.isHeld = true;
  await outbox.push(submit("a"));
  await outbox.push(submit("b"));
  assert.equal((await store.all("actions")).length, 2);
  server.letGo();
  await settled();
  assert.deepEqual(server.got, ["submit a", "submit b"]);
  assert.equal((await store.all("actions")).length, 0);
  assert.equal(outbox.waiting, 0);
});

test("it knows what was answered here, until the answer is taken back or refused", async () => {
  const { server, store, outbox } = office();
  await outbox.push(submit("a"));
  await outbox.push(submit("b"));
  await settled();
  assert.ok(outbox.hasAnswered("task of a") && !outbox.hasAnswered("task of c"));
  await outbox.push({ kind: "undo", assignment: "a", task: "task of a" });
  assert.ok(!outbox.hasAnswered("task of a"));
  server.trouble = "lost";
  await outbox.push(submit("c"));
  await settled();
  assert.ok(outbox.hasAnswered("task of b") && !outbox.hasAnswered("task of c"));
  server.trouble = "unreachable";
  await outbox.push(submit("d"));
  outbox.stop();
  const next = office(server, store);
  await next.outbox.restore();
  assert.ok(next.outbox.hasAnswered("task of d"));
  next.outbox.stop();
});

test("an undo never overtakes the answer that it takes back", async () => {
  const { server, outbox } = office();
  server.isHeld = true;
  await outbox.push(submit("a"));
  await settled();
  assert.equal(outbox.drop("a"), false);
  await outbox.push({ kind: "undo", assignment: "a" });
  await outbox.push(submit("a", "second key"));
  await outbox.push(submit("b"));
  server.letGo();
  await settled();
  const aboutA = server.got.filter((line) => line.endsWith(" a"));
  assert.deepEqual(aboutA, ["submit a", "undo a", "submit a"]);
});

test("without a line everything waits, and goes when the line is back", async () => {
  const { server, store, outbox } = office();
  server.trouble = "unreachable";
  await outbox.push(submit("a"));
  await settled();
  await outbox.push(submit("b"));
  await settled();
  assert.equal(outbox.halt, "offline");
  assert.equal(outbox.drop("b"), true);
  assert.equal((await store.all("actions")).length, 1);
  server.trouble = null;
  outbox.resume();
  await settled();
  assert.deepEqual(server.got, ["submit a"]);
});

test("a page that died is followed by one that sends what it left", async () => {
  const { server, store, outbox } = office();
  server.trouble = "login";
  await outbox.push(submit("a"));
  await outbox.push({ kind: "skip", assignment: "b", reason: "too_hard", comment: "" });
  await settled();
  assert.equal(outbox.halt, "login");
  outbox.stop();
  const next = office(new Server(), store);
  await next.outbox.restore();
  await settled();
  assert.deepEqual(next.server.got, ["submit a", "skip b"]);
  assert.equal((await store.all("actions")).length, 0);
});

test("what the server will never take is reported once, and does not stop the rest", async () => {
  const { server, outbox, failed } = office();
  server.trouble = "lost";
  await outbox.push(submit("a"));
  await settled();
  server.trouble = null;
  await outbox.push(submit("b"));
  await settled();
  assert.deepEqual(failed, ["submit a lost"]);
  assert.deepEqual(server.got, ["submit b"]);
});
