import assert from "node:assert/strict";
import { test } from "node:test";
import { ActivityTimer, IDLE_AFTER_MS } from "../editor/core/activity";
import { Pace } from "../editor/core/pace";

function timerAt(): { timer: ActivityTimer; pass: (milliseconds: number) => void } {
  let now = 1_000;
  const timer = new ActivityTimer(() => now);
  timer.restart();
  return { timer, pass: (milliseconds) => (now += milliseconds) };
}

test("a gap counts as work up to the limit, and as idle time beyond it", () => {
  const { timer, pass } = timerAt();
  pass(10_000);
  timer.touch();
  pass(60 * 60_000);
  assert.equal(timer.isActive, false);
  assert.deepEqual(timer.clocks, {
    active_ms: 10_000 + IDLE_AFTER_MS,
    reading_ms: 0,
    idle_ms: 60 * 60_000 - IDLE_AFTER_MS,
  });
  timer.touch();
  assert.equal(timer.isActive, true);
});

test("out of sight is idle from the first moment", () => {
  const { timer, pass } = timerAt();
  timer.pause();
  pass(5_000);
  timer.touch();
  pass(1_000);
  assert.deepEqual(timer.clocks, { active_ms: 1_000, reading_ms: 0, idle_ms: 5_000 });
});

test("open instructions are reading time, not work", () => {
  const { timer, pass } = timerAt();
  pass(2_000);
  timer.setReading(true);
  pass(30_000);
  timer.setReading(false);
  pass(1_000);
  assert.deepEqual(timer.clocks, { active_ms: 3_000, reading_ms: 30_000, idle_ms: 0 });
});

test("an answer that is taken up again goes on counting", () => {
  const { timer, pass } = timerAt();
  timer.restart({ active_ms: 4_000, reading_ms: 500, idle_ms: 7 });
  pass(1_000);
  assert.deepEqual(timer.clocks, { active_ms: 5_000, reading_ms: 500, idle_ms: 7 });
});

test("the clocks together are the time that passed", () => {
  const { timer, pass } = timerAt();
  let total = 0;
  for (const [index, gap] of [10, 200_000, 90_000, 5, 91_000, 0].entries()) {
    pass(gap);
    total += gap;
    if (index % 3 === 0) timer.setReading(index % 2 === 0);
    else if (index % 3 === 1) timer.pause();
    else timer.touch();
  }
  const { active_ms, reading_ms, idle_ms } = timer.clocks;
  assert.equal(active_ms + reading_ms + idle_ms, total);
});

test("a quick person on a slow line gets more ahead, within bounds", () => {
  const calm = new Pace();
  for (let item = 0; item < 30; item += 1) {
    calm.itemDone(8_000);
    calm.fetched(120);
  }
  assert.equal(calm.ahead, 2);
  const hurried = new Pace();
  for (let item = 0; item < 30; item += 1) {
    hurried.itemDone(300);
    hurried.fetched(item % 2 ? 700 : 1_500);
  }
  assert.equal(hurried.ahead, 8);
});
