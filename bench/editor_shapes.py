"""How fast shapes are in the editor: `python -m bench.editor_shapes` prints JSON.

Real Chromium on a page that holds nothing but the editor, so that no server is measured. A move
costs the time that the main thread was busy (DevTools' TaskDuration), layout and paint included.
"""

import argparse
import functools
import http.server
import json
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "labelops" / "static"
WIDTH, HEIGHT = 4000, 3000
MOVES = 120
MOVE_SECONDS = 0.03
SLOW = 4
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LABELS = [{"value": f"c{n}", "title": f"Class {n}", "key": str(n)} for n in range(1, 6)]
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Editor</title>
<link rel="stylesheet" href="/labelops/tokens.css">
<link rel="stylesheet" href="/labelops/base.css">
<link rel="stylesheet" href="/labelops/editor.css">
<style>
  body { margin: 0 }
  answer-editor { display: grid; grid-template-columns: 1fr 320px; height: 100vh }
  .editor-panel { overflow: auto; padding: 0 16px }
</style>
<answer-editor data-config="config"></answer-editor>
<script id="config" type="application/json">CONFIG</script>
<script type="module" src="/build/review.js"></script>
</html>
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=FLAGS)
        pages = Path(folder)
        write_pages(pages)
        with served(pages) as address:
            figures = {
                "cpu_slowdown": SLOW,
                "drag_500": drag(browser, address, 500),
                "drag_5000": drag(browser, address, 5_000),
                "open_5000": opened(browser, address, 5_000, slowdown=1),
                "open_5000_slow": opened(browser, address, 5_000, slowdown=SLOW),
            }
        browser.close()
    print(json.dumps(figures, indent=2))


def write_pages(folder: Path) -> None:
    for name in ("labelops", "build"):
        (folder / name).symlink_to(STATIC / name)
    Image.effect_noise((WIDTH // 4, HEIGHT // 4), 40).resize((WIDTH, HEIGHT)).save(
        folder / "photo.jpg", quality=70
    )
    for count in (500, 5_000):
        page = PAGE.replace("CONFIG", json.dumps(config(boxes(count))))
        (folder / f"{count}.html").write_text(page)


def boxes(count: int) -> list[dict[str, Any]]:
    chance = random.Random(7)
    first = {"id": "dragged", "label": "c1", "box": [1900, 1400, 200, 200]}
    others = [
        {
            "id": f"b{number}",
            "label": chance.choice(LABELS)["value"],
            "box": [chance.randrange(WIDTH - 90), chance.randrange(HEIGHT - 90), 80, 60],
        }
        for number in range(count - 1)
    ]
    return [first, *others]


def config(shapes: list[dict[str, Any]]) -> dict[str, Any]:
    control = {"name": "objects", "type": "shapes", "tools": ["box"], "labels": LABELS}
    return {
        "item": {
            "type": "image",
            "data": {},
            "media_url": "/photo.jpg",
            "width": WIDTH,
            "height": HEIGHT,
        },
        "label_schema": {"controls": [control]},
        "answer": {"objects": shapes},
        "editable": True,
    }


@contextmanager
def served(folder: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_arguments: Any) -> None:
            """Nothing: what is printed is the result."""

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def drag(browser: Browser, address: str, count: int) -> dict[str, float]:
    """Milliseconds of the main thread for each move of a box that is dragged."""
    page, devtools = open_page(browser, f"{address}/{count}.html", count, SLOW)
    page.locator('.object-row[data-id="dragged"] .object').click()
    place = page.locator(".is-selected .shape-line").bounding_box()
    assert place is not None
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 10, y + 10)
    before = busy(devtools)
    for step in range(MOVES):
        page.mouse.move(x + 10 + step % 40, y + 10 + step // 4)
        time.sleep(MOVE_SECONDS)
    per_move = (busy(devtools) - before) / MOVES
    before = busy(devtools)
    time.sleep(MOVES * MOVE_SECONDS)
    idle = (busy(devtools) - before) / MOVES
    page.mouse.up()
    moved = page.evaluate("() => JSON.parse(document.querySelector('input[type=hidden]').value)")
    assert moved["objects"][0]["box"] != [1900, 1400, 200, 200], "the box was not dragged"
    page.close()
    return {"ms_per_move": round(per_move, 2), "of_it_without_a_move": round(idle, 2)}


def opened(browser: Browser, address: str, count: int, *, slowdown: int) -> dict[str, float]:
    """Seconds until all boxes are painted, and frames per second while zooming and panning."""
    page, _devtools = open_page(browser, f"{address}/{count}.html", count, slowdown)
    seconds = page.evaluate("performance.now()") / 1000
    page.mouse.move(400, 300)
    page.evaluate(
        """() => {
          window.frames_seen = [];
          const see = (now) => { window.frames_seen.push(now); requestAnimationFrame(see); };
          requestAnimationFrame(see);
        }"""
    )
    for step in range(40):
        page.mouse.wheel(0, -30 if step < 20 else 30)
        page.wait_for_timeout(25)
    seen = page.evaluate("window.frames_seen")
    page.close()
    return {
        "seconds_to_painted": round(seconds, 2),
        "frames_per_second": round(1000 * (len(seen) - 1) / (seen[-1] - seen[0]), 1),
    }


def open_page(browser: Browser, address: str, count: int, slowdown: int) -> tuple[Page, CDPSession]:
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    devtools = page.context.new_cdp_session(page)
    # Time on the processor: other programs on the machine do not count.
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    page.goto(address, wait_until="commit")
    page.evaluate(
        """async (count) => {
          const frame = () => new Promise(requestAnimationFrame);
          const isThere = () =>
            document.querySelector(".shape-mark") &&
            document.querySelector(".objects-title").textContent.includes(count) &&
            document.querySelector(".picture");
          while (!isThere()) await frame();
          await frame();
          await frame();
        }""",
        count,
    )
    return page, devtools


def busy(devtools: CDPSession) -> float:
    """Milliseconds that the main thread has worked so far."""
    metrics = {
        entry["name"]: entry["value"]
        for entry in devtools.send("Performance.getMetrics")["metrics"]
    }
    return 1000 * metrics["TaskDuration"]


if __name__ == "__main__":
    main()
