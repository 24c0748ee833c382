"""Finds similar items among a million vectors, and pans a map of fifty thousand points.

`python -m bench.vectors [--vectors N] [--points N]` prints JSON. The search is that of the set
"similar", from the address to its first page, in a process that has the table mapped already; the
map is a real page in Chromium, moved by a mouse for some seconds.
"""

import argparse
import itertools
import json
import time
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench import inside
from bench.editor import demo_stack
from tests.browser.chromium import executable, flags
from tests.stack import Stack

SEED = 20261128
SEARCHES = 20
PAN_SECONDS = 6
# When frames were shown while the map was moved.
PROBE = """
() => {
  window.frames = [];
  const step = (at) => { window.frames.push(at); requestAnimationFrame(step); };
  requestAnimationFrame(step);
}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=int, default=1_000_000)
    parser.add_argument("--points", type=int, default=50_000)
    chosen = parser.parse_args()
    stack = demo_stack()
    try:
        print(json.dumps(measure(stack, chosen.vectors, chosen.points), indent=2))
    finally:
        stack.stop()


def measure(stack: Stack, vectors: int, points: int) -> dict[str, Any]:
    found = inside.call(stack, "vector_data", f"searches({vectors}, {SEARCHES}, {SEED})")
    made = inside.call(stack, "vector_data", f"drawn({points}, {SEED})")
    with sync_playwright() as playwright:
        path = executable(playwright.chromium.executable_path)
        browser = playwright.chromium.launch(executable_path=path, args=flags())
        frames = panned(browser, stack, made)
        browser.close()
    return {"seed": SEED, "vectors": vectors, **found, "points": points, **frames}


def panned(browser: Browser, stack: Stack, made: dict[str, Any]) -> dict[str, Any]:
    context = browser.new_context(base_url=stack.url, viewport={"width": 1366, "height": 900})
    context.set_default_timeout(120_000)
    session = {"name": "sessionid", "value": made["session"], "url": stack.url}
    context.add_cookies([session])
    page = context.new_page()
    page.goto(f"/projects/digits/map/?vectors={made['set']}")
    page.locator("[data-item-map][data-state=ready]").wait_for()
    page.evaluate(PROBE)
    _pan(page)
    times = page.evaluate("window.frames")
    gaps = sorted(after - before for before, after in itertools.pairwise(times))
    return {
        "frames a second": round(1_000 * len(gaps) / (times[-1] - times[0]), 1),
        "frame, ms": {
            "p50": round(gaps[len(gaps) // 2], 1),
            "p95": round(gaps[int(0.95 * len(gaps))], 1),
            "max": round(gaps[-1], 1),
        },
    }


def _pan(page: Page) -> None:
    box = page.locator(".map-canvas").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    end, step = time.monotonic() + PAN_SECONDS, 0
    while time.monotonic() < end:
        step += 1
        page.mouse.move(middle[0] + 8 * (step % 20), middle[1] + 5 * (step % 33))
    page.mouse.up()


if __name__ == "__main__":
    main()
