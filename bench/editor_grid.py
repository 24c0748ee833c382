"""The grid by simulated hands: 0.25 s of looking a thumbnail, 5 % wrong, a real Chromium.

`python -m bench.editor_grid [--pages N] [--slow]` prints JSON. Wrong thumbnails get their class by
digit after walking there by pointer; what the person needs for one (1.3 s) is waited for, as the
0.25 s a thumbnail are. From Enter to the first frame that shows the next page is measured in it.
"""

import argparse
import json
import random
import re
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench.editor import SESSION as OPEN_SESSION
from bench.editor import SLOWDOWN, demo_stack, pictures
from labelops.latencies import summary
from tests.browser.chromium import executable, flags
from tests.browser.work import MOOD, make_work
from tests.slow_line import SlowLine
from tests.stack import Stack

SEED = 20261123
PAGE = 60
SCAN_SECONDS = 0.25
MARK_SECONDS = 1.3
WRONG_SHARE = 0.05
PREDICT = """
from labelops.accounts.models import User
from tasks.formats.records import Row
from tasks.models import Batch, Item
from tasks.services import batches, predictions
mei = User.objects.get(username="mei")
batch = Batch.objects.select_related("project").get(pk={batch})
model = predictions.get_model_version(batch.project, name="m", version="1", by=mei)
names = Item.objects.filter(project=batch.project).values_list("external_id", flat=True)
rows = [Row(n + 1, {{"item": name, "answer": {{"mood": "good"}}}}) for n, name in enumerate(names)]
for first in range(0, len(rows), predictions.CHUNK):
    predictions.take_predictions(model, rows[first : first + predictions.CHUNK], by=mei)
batches.update_batch(batch, by=mei, suggestions="shown", blind_percent=0)
"""
# A frame is painted after the second animation callback that follows the change.
PROBE = """
() => {
  window.painted = [];
  let pressed = 0;
  let former = document.querySelector(".sheet");
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter") pressed = event.timeStamp;
  }, { capture: true });
  new MutationObserver(() => {
    const now = document.querySelector(".sheet");
    if (!pressed || !now || now === former) return;
    former = now;
    const from = pressed;
    pressed = 0;
    requestAnimationFrame(() => requestAnimationFrame((at) => window.painted.push(at - from)));
  }).observe(document.querySelector("main"), { childList: true });
}
"""


def main() -> None:
    run(measured, __doc__)


def run(measure: Callable[..., dict[str, Any]], described: str | None) -> None:
    """Start what a measurement of a grid needs, and print what it found."""
    parser = argparse.ArgumentParser(description=described)
    parser.add_argument("--pages", type=int, default=10)
    parser.add_argument("--slow", action="store_true", help="behind the slow line, 4x slower")
    chosen = parser.parse_args()
    stack = demo_stack()
    line = SlowLine(stack.port).start()
    try:
        with sync_playwright() as playwright:
            path = executable(playwright.chromium.executable_path)
            browser = playwright.chromium.launch(executable_path=path, args=flags())
            result = measure(browser, stack, line, chosen.pages, is_slow=chosen.slow)
            browser.close()
    finally:
        line.stop()
        stack.stop()
    print(json.dumps(result, indent=2))


def measured(
    browser: Browser, stack: Stack, line: SlowLine, pages: int, *, is_slow: bool
) -> dict[str, Any]:
    work = make_work(stack, MOOD, file=pictures((pages + 2) * PAGE), file_name="grid.zip")
    stack.shell(PREDICT.format(batch=work.batch))
    page = opened(browser, stack, line, OPEN_SESSION, is_slow=is_slow)
    page.goto(f"/label/{work.batch}/grid/")
    return looked_through(page, pages) | {"is_slow": is_slow}


def opened(browser: Browser, stack: Stack, line: SlowLine, session: str, *, is_slow: bool) -> Page:
    """A page of the person whose session the script opens, directly or behind the line."""
    url = line.url if is_slow else stack.url
    context = browser.new_context(base_url=url, viewport={"width": 1366, "height": 768})
    context.set_default_timeout(120_000)
    cookie = {"name": "sessionid", "value": stack.shell(session).splitlines()[-1]}
    context.add_cookies([cookie | {"url": url}])
    page = context.new_page()
    if is_slow:
        devtools = context.new_cdp_session(page)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    return page


def looked_through(page: Page, pages: int) -> dict[str, Any]:
    """So many pages of a grid that is open, by the simulated hands; closes it."""
    page.locator(".sheet .tile").first.wait_for()
    page.evaluate(PROBE)
    rng = random.Random(SEED)
    began = time.monotonic()
    for _page in range(pages):
        look_through(page, rng)
    seconds = time.monotonic() - began
    done = int(re.sub(r"\D", "", page.locator(".grid-count").inner_text()))
    painted = page.evaluate("window.painted")
    page.context.close()
    return {
        "images": done,
        "images_per_minute": round(60 * done / seconds, 1),
        "confirm_to_painted_ms": summary([value / 1000 for value in painted]),
    }


def look_through(page: Page, rng: random.Random) -> None:
    """One page: every thumbnail looked at, the wrong ones marked, all confirmed."""
    former = page.locator(".sheet .tile").first.get_attribute("data-assignment")
    tiles = page.locator(".sheet .tile")
    due = time.monotonic()
    count = tiles.count()
    # As many on every page, so that a short run is no easier than a long one.
    wrong = rng.sample(range(count), round(WRONG_SHARE * count))
    for place in range(count):
        due += SCAN_SECONDS
        if place in wrong:
            due += MARK_SECONDS
            tiles.nth(place).hover()
            page.keyboard.press("2")
    page.wait_for_timeout(max(0, 1000 * (due - time.monotonic())))
    tiles.last.scroll_into_view_if_needed()
    page.locator(".grid-confirm:enabled").wait_for()
    page.keyboard.press("Enter")
    page.locator(f".sheet:not(:has([data-assignment='{former}']))").wait_for()


if __name__ == "__main__":
    main()
