import assert from "node:assert/strict";
import { test } from "node:test";
import { ActivityTimer, IDLE_AFTER_MS } from "../editor/core/activity";
import { randomUuid } from "../editor/core/uuid";
import { decodeHeader } from "../editor/net/http";

test("time counts while there is input, and stops when there is none", () => {
  let now = 0;
  const timer = new ActivityTimer(() => now);
  timer.restart();
  now += 10_000;
  timer.touch();
  assert.equal(timer.activeMs, 10_000);
  now += 60 * 60_000;
  assert.equal(timer.isActive, false);
  assert.equal(timer.activeMs, 10_000 + IDLE_AFTER_MS);
  timer.touch();
  assert.equal(timer.isActive, true);
  timer.pause();
  now += 5_000;
  assert.equal(timer.activeMs, 10_000 + IDLE_AFTER_MS);
});

test("sentences in headers are read as Django writes them", () => {
  assert.equal(decodeHeader("All done."), "All done.");
  assert.equal(decodeHeader("=?utf-8?b?5YWo6YOo5a6M5oiQ?="), "全部完成");
  assert.equal(decodeHeader("=?utf-8?q?Erledigt_=E2=80=93_danke!?="), "Erledigt – danke!");
});

test("request keys are random UUIDs of version 4", () => {
  const shape = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/u;
  assert.match(randomUuid(), shape);
  assert.notEqual(randomUuid(), randomUuid());
});
