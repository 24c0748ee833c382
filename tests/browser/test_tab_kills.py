"""Tabs die and lines drop at any moment: what the page counted as done is stored, once, as given.

LABELOPS_SOAK=1 asks for the long form (LABELOPS_SOAK_KILLS, default 1,000, and _SEED).
"""

import contextlib
import json
import os
import random

import pytest
from playwright.sync_api import Error, expect

from tests.browser import steps
from tests.browser.work import MOOD, as_jsonl, make_work

pytestmark = [pytest.mark.slow, pytest.mark.once]
IS_LONG = bool(os.environ.get("LABELOPS_SOAK"))
KILLS = int(os.environ.get("LABELOPS_SOAK_KILLS") or 1_000) if IS_LONG else 12
SEED = int(os.environ.get("LABELOPS_SOAK_SEED") or 20261123)
MOST_ANSWERS = 4
CRASH_MS = 3_000
VALUES = {"1": "good", "2": "bad"}
STORED = """
import json
from tasks.models import Annotation
rows = Annotation.objects.filter(task__batch={batch})
print(json.dumps(list(rows.values_list("task__item__data__text", "answer"))))
"""


@pytest.fixture
def work(stack):
    count = KILLS * MOST_ANSWERS + 20
    rows = as_jsonl(*((f"t{number}", f"Text number {number}.") for number in range(count)))
    return make_work(stack, MOOD, file=rows, file_name="texts.jsonl")


class Life:
    """One page, from its opening to its sudden end."""

    def __init__(self, context, batch, rng):
        self.context, self.rng = context, rng
        self.page = context.new_page()
        steps.open_label_page(self.page, batch)

    def work(self, pressed, counted):
        for number in range(1, self.rng.randint(1, MOST_ANSWERS) + 1):
            if self.rng.random() < 0.3:
                self.context.set_offline(self.rng.random() < 0.6)
            if self.page.locator("label-session").get_attribute("data-phase") != "working":
                return
            shown = self.page.locator(".text-page")
            expect(shown).not_to_be_empty()
            # Not inner_text: what the browser has not laid out yet would read as nothing.
            text, key = shown.text_content(), self.rng.choice("12")
            self.page.keyboard.press(key)
            pressed[text] = VALUES[key]
            if self.rng.random() < 0.7:
                # The page says that the answer is done: from now on it must not get lost.
                expect(self.page.locator(".session-count")).to_have_text(f"{number} done")
                counted[text] = VALUES[key]

    def end(self):
        if self.rng.random() < 0.5:
            # The renderer dies on the spot, without a last event to the page.
            with contextlib.suppress(Error):
                self.page.goto("chrome://crash", timeout=CRASH_MS)
        with contextlib.suppress(Error):
            self.page.close(run_before_unload=False)
        self.context.set_offline(False)


def test_what_was_counted_is_stored_once_as_it_was_given(as_person, work, watch, stack):
    print(f"\nseed {SEED}, {KILLS} kills")
    for expected in ("ERR_INTERNET_DISCONNECTED", "crashed", "ERR_NETWORK_CHANGED"):
        watch.allow(expected)
    rng = random.Random(SEED)
    context = as_person("ana").context
    pressed, counted = {}, {}
    for _life in range(KILLS):
        life = Life(context, work.batch, rng)
        life.work(pressed, counted)
        life.end()
    last = context.new_page()
    steps.open_label_page(last, work.batch)
    steps.expect_sent(last)
    rows = json.loads(stack.shell(STORED.format(batch=work.batch)).strip().splitlines()[-1])
    stored = {text: answer["mood"] for text, answer in rows}
    print(f"{len(pressed)} pressed, {len(counted)} counted, {len(rows)} stored")
    assert len(stored) == len(rows)
    assert {text: stored.get(text) for text in counted} == counted
    assert {text: pressed.get(text) for text in stored} == stored
