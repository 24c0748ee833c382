import assert from "node:assert/strict";
import { test } from "node:test";
import { randomUuid } from "../editor/core/uuid";
import { decodeHeader } from "../editor/net/http";

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
