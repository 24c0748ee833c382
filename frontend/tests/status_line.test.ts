import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { READ_MS, StatusLine } from "../editor/session/status_line";

test("a mention waits until what was said is read, and gives way to what is said next", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  let now = 0;
  let shown = "";
  const line = new StatusLine(
    (sentence, tone) => (shown = `${tone}: ${sentence}`),
    () => now,
  );
  const pass = (milliseconds: number): void => {
    now += milliseconds;
    mock.timers.tick(milliseconds);
  };

  line.mention("Draft saved.");
  assert.equal(shown, "quiet: Draft saved.");

  line.say("Please answer “Mood”.", "bad");
  pass(READ_MS - 1);
  line.mention("Draft saved.");
  assert.equal(shown, "bad: Please answer “Mood”.");
  pass(1);
  assert.equal(shown, "quiet: Draft saved.");

  line.say("Saved. Next one.", "good");
  line.mention("Draft saved.");
  line.say("Asked.", "good");
  pass(READ_MS);
  assert.equal(shown, "good: Asked.");

  line.say("");
  line.mention("Draft saved.");
  assert.equal(shown, "quiet: Draft saved.");
  mock.timers.reset();
});
