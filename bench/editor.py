"""Fast hands on a slow line: one key an item, in a real Chromium behind tests/slow_line.py.

`python -m bench.editor [--items N] [--seconds S]` prints JSON. Line: 250 ms round trip, 4 Mbit/s,
1 % of packets lost; the processor slowed four times by the browser. Times are taken in the page:
from the key's own time stamp to the first frame after the next item was shown.
"""

import argparse
import gzip
import io
import json
import random
import re
import time
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from labelops.latencies import summary
from tests.browser.chromium import executable, flags
from tests.browser.work import MOOD, make_work
from tests.slow_line import SlowLine
from tests.stack import ROOT, Stack

SEED = 20261123
SLOWDOWN = 4
KEY_EVERY_SECONDS = 0.3
SHEETS = ("label.css", "workbench.css", "tokens.css", "editor.css")
PICTURE = (640, 480)
SESSION = """
from bench.rows import open_session
from labelops.accounts.models import User
print(open_session(User.objects.get(username="ana")))
"""
# A frame is painted after the second animation callback that follows the change.
PROBE = """
() => {
  const seen = { painted: [], keys: 0, waits: 0 };
  window.seen = seen;
  let pressed = 0;
  let missed = 0;
  document.addEventListener("keydown", (event) => {
    if (event.isTrusted) seen.keys += 1;
    pressed = event.timeStamp;
  }, { capture: true });
  const session = document.querySelector("label-session");
  const shown = () => document.querySelector(".picture")?.getAttribute("href");
  let former = shown();
  const look = () => {
    const now = shown();
    const isReady = session.dataset.phase === "working";
    if (!pressed || !now || now === former || !isReady) return;
    former = now;
    const from = pressed;
    pressed = 0;
    requestAnimationFrame(() => requestAnimationFrame((at) => seen.painted.push(at - from)));
  };
  new MutationObserver(() => {
    // The next item was not there: counted once a key.
    if (pressed && pressed !== missed && session.dataset.phase === "loading") {
      missed = pressed;
      seen.waits += 1;
    }
    look();
  }).observe(session, { subtree: true, childList: true, attributes: true });
}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=300)
    chosen = parser.parse_args()
    stack = demo_stack()
    line = SlowLine(stack.port).start()
    try:
        with sync_playwright() as playwright:
            path = executable(playwright.chromium.executable_path)
            browser = playwright.chromium.launch(executable_path=path, args=flags())
            result = {
                "first_item_ms": first_items(browser, stack, line, times=10),
                "one_key": one_key(browser, stack, line, chosen.items),
                "key_every_300_ms": steady(browser, stack, line, chosen.seconds),
                "page_gzipped_kb": page_weight(),
            }
            browser.close()
    finally:
        line.stop()
        stack.stop()
    print(json.dumps(result, indent=2))


def demo_stack() -> Stack:
    stack = Stack(LABELOPS_DEMO="1", REDIS_URL="").start()
    log = stack.data_dir / "logs" / "demo.log"
    stack.wait_for(lambda: log.exists() and "vera" in log.read_text(), "the demo", 240)
    return stack


def pictures(count: int) -> bytes:
    """JPEGs of soft clouds, some 30 kB each: what a camera's picture of this size weighs."""
    rng = random.Random(SEED)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(count):
            coarse = Image.effect_noise((PICTURE[0] // 8, PICTURE[1] // 8), 60)
            noise = coarse.resize(PICTURE, Image.Resampling.BICUBIC).convert("RGB")
            tint = Image.new("RGB", PICTURE, tuple(rng.randrange(256) for _channel in range(3)))
            content = io.BytesIO()
            Image.blend(noise, tint, 0.5).save(content, "JPEG", quality=80)
            archive.writestr(f"{number:04}.jpg", content.getvalue())
    return stream.getvalue()


def opened(browser: Browser, stack: Stack, line: SlowLine, batch: int, *, is_slow: bool) -> Page:
    """The labeling page of Ana behind the line; the processor is slowed once it stands there."""
    context = browser.new_context(base_url=line.url, viewport={"width": 1366, "height": 768})
    context.set_default_timeout(120_000)
    session = {"name": "sessionid", "value": stack.shell(SESSION).splitlines()[-1]}
    context.add_cookies([session | {"url": line.url}])
    page = context.new_page()
    if is_slow:
        devtools = context.new_cdp_session(page)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    page.goto(f"/label/{batch}/")
    page.locator("label-session[data-phase=working]").wait_for()
    return page


def first_items(browser: Browser, stack: Stack, line: SlowLine, *, times: int) -> dict[str, Any]:
    """From the click on Start to the first item, with the scripts in the cache as on a work day."""
    work = make_work(stack, MOOD, file=pictures(30), file_name="first.zip")
    page = opened(browser, stack, line, work.batch, is_slow=False)
    found = []
    for _time in range(times):
        page.goto("/")
        began = time.monotonic()
        page.goto(f"/label/{work.batch}/", wait_until="commit")
        page.locator("label-session[data-phase=working]").wait_for()
        found.append(time.monotonic() - began)
    page.context.close()
    return summary(found)


def one_key(browser: Browser, stack: Stack, line: SlowLine, items: int) -> dict[str, Any]:
    """A person who needs 0.6 s a picture: key events an item, key to painted."""
    work = make_work(stack, MOOD, file=pictures(items), file_name="one.zip")
    page = opened(browser, stack, line, work.batch, is_slow=True)
    page.evaluate(PROBE)
    for _item in range(items):
        page.keyboard.press("1")
        page.wait_for_timeout(600)
    return _told(page, items)


def steady(browser: Browser, stack: Stack, line: SlowLine, seconds: float) -> dict[str, Any]:
    """One key every 300 ms, whatever is on the screen: how often the next item was not there."""
    items = int(seconds / KEY_EVERY_SECONDS)
    work = make_work(stack, MOOD, file=pictures(items + 20), file_name="steady.zip")
    page = opened(browser, stack, line, work.batch, is_slow=True)
    page.evaluate(PROBE)
    end = time.monotonic() + seconds
    due = time.monotonic()
    while due < end:
        page.keyboard.press("1")
        due += KEY_EVERY_SECONDS
        page.wait_for_timeout(max(0, 1000 * (due - time.monotonic())))
    return _told(page, items)


def _told(page: Page, items: int) -> dict[str, Any]:
    page.wait_for_timeout(5_000)
    seen = page.evaluate("window.seen")
    done = int(re.sub(r"\D", "", page.locator(".session-count").inner_text()))
    page.context.close()
    return {
        "items": done,
        "asked": items,
        "keys_per_item": round(seen["keys"] / max(1, done), 3),
        "key_to_painted_ms": summary([value / 1000 for value in seen["painted"]]),
        "misses_percent": round(100 * seen["waits"] / max(1, done), 2),
    }


def page_weight() -> float:
    """JavaScript and CSS of the labeling page, compressed as the server sends them, in kB."""
    static = ROOT / "labelops" / "static"
    files = [static / "build" / "label.js"]
    files += [static / "labelops" / name for name in SHEETS]
    return round(sum(len(gzip.compress(Path(path).read_bytes(), 9)) for path in files) / 1000, 1)


if __name__ == "__main__":
    main()
