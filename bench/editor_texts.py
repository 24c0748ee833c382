"""How fast long texts are in the editor: `python -m bench.editor_texts` prints JSON.

100,000 characters with 500 spans, nested and crossing, as paragraphs and as a single line. Real
Chromium on a page that holds nothing but the editor. Times are taken in the page: from the
navigation, from the end of a selection by mouse, or from a class key over a selected word, to the
second frame after the text was drawn.
"""

import argparse
import json
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench.editor_shapes import FLAGS, PAGE, SLOW, STATIC, served
from labelops.latencies import summary

SEED = 20261123
LENGTH = 100_000
SPANS = 500
SELECTIONS = 30
LABELS = [{"value": f"c{n}", "title": f"Class {n}", "key": str(n)} for n in range(1, 6)]
OPENED = """
async () => {
  const frame = () => new Promise(requestAnimationFrame);
  while (document.querySelectorAll(".text-part.is-marked").length < 100) await frame();
  await frame();
  await frame();
  return performance.now();
}
"""
PROBE = """
() => {
  window.painted = { pointerup: [], keydown: [] };
  let marking = null;
  const begin = (event) => (marking = event);
  document.addEventListener("pointerup", begin, true);
  document.addEventListener("keydown", (event) => event.key === "2" && begin(event), true);
  new MutationObserver(() => {
    if (!marking) return;
    const { type, timeStamp } = marking;
    marking = null;
    const done = (at) => window.painted[type].push(at - timeStamp);
    requestAnimationFrame(() => requestAnimationFrame(done));
  }).observe(document.querySelector(".text-page"), { subtree: true, childList: true });
}
"""
# The ends of a word that lies unmarked in view, the one that stands at this share of them.
WORD = """
(share) => {
  const frame = document.querySelector(".stage-text").getBoundingClientRect();
  const places = [];
  for (const part of document.querySelectorAll(".text-part:not(.is-marked)")) {
    const box = part.getBoundingClientRect();
    if (box.bottom < frame.top || box.top > frame.bottom) continue;
    for (const { index, 0: word } of part.textContent.matchAll(/\\w{5,}/g)) {
      const range = document.createRange();
      range.setStart(part.firstChild, index);
      range.setEnd(part.firstChild, index + word.length);
      const [at, more] = range.getClientRects();
      const isInView = at && !more && at.top > frame.top + 20 && at.bottom < frame.bottom - 20;
      if (isInView) places.push([at.left + 1, at.right - 1, (at.top + at.bottom) / 2]);
    }
  }
  return places[Math.floor(share * places.length)];
}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    arguments = parser.parse_args()
    figures: dict[str, Any] = {"seed": SEED, "characters": LENGTH, "spans": SPANS}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=FLAGS)
        pages = Path(folder)
        for name in ("labelops", "build"):
            (pages / name).symlink_to(STATIC / name)
        for name, text in (("paragraphs", paragraphs()), ("one line", one_line())):
            page = PAGE.replace("CONFIG", json.dumps(config(text)))
            (pages / f"{name}.html").write_text(page)
        with served(pages) as address:
            for name in ("paragraphs", "one line"):
                for slowdown in (1, SLOW):
                    found = measured(browser, f"{address}/{name}.html", slowdown)
                    figures[f"{name}, processor slowed {slowdown}x"] = found
        browser.close()
    print(json.dumps(figures, indent=2))


def one_line() -> str:
    rng = random.Random(SEED)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ("".join(rng.choices(letters, k=rng.randint(2, 10))) for _word in range(LENGTH // 4))
    return " ".join(words)[:LENGTH]


def paragraphs() -> str:
    """The same words, with a line's end after some 600 characters each."""
    text = list(one_line())
    for place in range(600, LENGTH, 600):
        text["".join(text[place : place + 20]).index(" ") + place] = "\n"
    return "".join(text)


def config(text: str) -> dict[str, Any]:
    control = {"name": "entities", "type": "spans", "labels": LABELS}
    return {
        "item": {"type": "text", "data": {"text": text}, "media_url": None},
        "label_schema": {"controls": [control]},
        "answer": {"entities": spans(text)},
        "editable": True,
    }


def spans(text: str) -> list[dict[str, Any]]:
    """Every fifth lies within the one before it, every seventh crosses it."""
    rng = random.Random(SEED)
    found: list[dict[str, Any]] = []
    for number in range(SPANS):
        start = rng.randrange(len(text) - 200)
        end = start + rng.randint(5, 60)
        if found and number % 5 == 0:
            start, end = found[-1]["start"] + 1, found[-1]["end"] - 1
        elif found and number % 7 == 0:
            start, end = found[-1]["end"] - 2, found[-1]["end"] + 20
        label = rng.choice(LABELS)["value"]
        found.append({"id": f"s{number}", "label": label, "start": start, "end": end})
    return [span | {"text": text[span["start"] : span["end"]]} for span in found]


def measured(browser: Browser, address: str, slowdown: int) -> dict[str, Any]:
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    page.goto(address, wait_until="commit")
    opened = page.evaluate(OPENED)
    page.evaluate(PROBE)
    rng = random.Random(SEED)
    for _selection in range(SELECTIONS):
        select(page, rng.random())
        press_class_key(page)
    painted = page.evaluate("window.painted")
    page.close()
    return {
        "opened_seconds": round(opened / 1000, 2),
        "selected_to_painted_ms": in_short(painted["pointerup"]),
        "class_key_to_painted_ms": in_short(painted["keydown"]),
    }


def in_short(milliseconds: list[float]) -> dict[str, float]:
    assert len(milliseconds) == SELECTIONS
    return summary([value / 1000 for value in milliseconds])


def select(page: Page, share: float) -> None:
    """Marks one word with the mouse, somewhere in the text."""
    page.evaluate(
        "(share) => { const s = document.querySelector('.stage-text');"
        " s.scrollTop = share * s.scrollHeight; }",
        share,
    )
    page.wait_for_timeout(100)
    left, right, y = page.evaluate(WORD, share)
    page.mouse.move(left, y)
    page.mouse.down()
    page.mouse.move(right, y, steps=4)
    page.mouse.up()
    page.wait_for_timeout(300)


def press_class_key(page: Page) -> None:
    """Selects the word behind the one just marked, by keys, and gives it a class."""
    page.keyboard.press("Control+Shift+ArrowRight")
    page.keyboard.press("Control+Shift+ArrowRight")
    page.wait_for_timeout(100)
    page.keyboard.press("2")
    page.wait_for_timeout(300)


if __name__ == "__main__":
    main()
