"""A reviewer with one second of thought a task: decisions a minute, and the wait for the next one.

`python -m bench.review_desk [--seconds S]` prints JSON, in a real Chromium: once straight to the
server, once behind tests/slow_line.py (250 ms round trip, 4 Mbit/s, no packets lost). Of a hundred
decisions 80 accept, 15 store another class by its digit, 5 reject in two presses. Thought begins
when the next picture is painted; times are taken in the page, from the deciding key's own time
stamp to the first frame after the next task's picture was shown.
"""

import argparse
import json
import random
import time
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench.editor import demo_stack, pictures
from labelops.latencies import summary
from tests.browser.chromium import executable, flags
from tests.browser.work import MOOD, make_work
from tests.slow_line import Line, SlowLine
from tests.stack import Stack

SEED = 20261127
THINK_MS = 1_000
MOST_A_MINUTE = 60
SESSION = """
from bench.rows import open_session
from labelops.accounts.models import User
print(open_session(User.objects.get(username="elena")))
"""
# Two people who never agree, so that every task waits for a decision.
LABEL = """
from labelops.accounts.models import User
from reviews.services import consensus
from tasks.models import Task
from tests.factories import make_annotation
people = [User.objects.get(username=name) for name in ("ana", "bo")]
for task in Task.objects.filter(batch={batch}).select_related("batch__project"):
    for person, mood in zip(people, ("good", "bad"), strict=True):
        make_annotation(task, person, {{"mood": mood}})
consensus.assess_waiting()
print(Task.objects.filter(batch={batch}, state="in_review").count())
"""
PROBE = """
() => {
  const seen = { painted: [] };
  window.seen = seen;
  let pressed = 0;
  const shown = () => {
    const task = document.querySelector(".desk-task");
    const picture = task?.querySelector("answer-view .picture")?.getAttribute("href");
    return picture && task.dataset.assignment;
  };
  let former = shown();
  document.addEventListener("keydown", (event) => (pressed = event.timeStamp), { capture: true });
  new MutationObserver(() => {
    const now = shown();
    if (!pressed || !now || now === former) return;
    former = now;
    const from = pressed;
    requestAnimationFrame(() => requestAnimationFrame((at) => seen.painted.push(at - from)));
  }).observe(document.querySelector("[data-desk]"), {
    subtree: true, childList: true, attributes: true,
  });
}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=200)
    chosen = parser.parse_args()
    stack = demo_stack()
    slow = SlowLine(stack.port, Line(loss=0)).start()
    try:
        with sync_playwright() as playwright:
            path = executable(playwright.chromium.executable_path)
            browser = playwright.chromium.launch(executable_path=path, args=flags())
            result = {
                name: sitting(browser, stack, url, chosen.seconds)
                for name, url in (("direct", stack.url), ("slow_line", slow.url))
            }
            browser.close()
    finally:
        slow.stop()
        stack.stop()
    print(json.dumps(result, indent=2))


def sitting(browser: Browser, stack: Stack, url: str, seconds: float) -> dict[str, Any]:
    count = int(seconds / 60 * MOST_A_MINUTE) + 10
    work = make_work(stack, MOOD, file=pictures(count), file_name="desk.zip", overlap=2)
    stack.shell(LABEL.format(batch=work.batch))
    page = _opened(browser, stack, url, work.slug)
    page.evaluate(PROBE)
    dice = random.Random(SEED)
    done, began = 0, time.monotonic()
    while time.monotonic() - began < seconds:
        page.wait_for_timeout(THINK_MS)
        _decide(page, dice.random())
        done += 1
        page.wait_for_function("count => window.seen.painted.length >= count", arg=done)
    elapsed = time.monotonic() - began
    painted = page.evaluate("window.seen.painted")
    page.context.close()
    return {
        "decisions": done,
        "decisions_a_minute": round(60 * done / elapsed, 1),
        "key_to_next_painted_ms": summary([value / 1000 for value in painted]),
    }


def _decide(page: Page, dice: float) -> None:
    if dice < 0.80:
        page.keyboard.press("a")
    elif dice < 0.95:
        page.keyboard.press("2")
    else:
        page.keyboard.press("r")
        page.keyboard.press("4")


def _opened(browser: Browser, stack: Stack, url: str, slug: str) -> Page:
    context = browser.new_context(base_url=url, viewport={"width": 1366, "height": 768})
    context.set_default_timeout(60_000)
    session = {"name": "sessionid", "value": stack.shell(SESSION).splitlines()[-1]}
    context.add_cookies([session | {"url": url}])
    page = context.new_page()
    page.goto(f"/review/?project={slug}")
    start = page.locator(f'form:has(input[value="{slug}"]) button.btn-primary')
    start.click()
    page.locator("answer-view .picture[href]").wait_for()
    # The task after this one is ready before anybody has thought for a second.
    page.wait_for_timeout(2_000)
    return page


if __name__ == "__main__":
    main()
