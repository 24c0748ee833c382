"""Calibration in a real browser: two people disagree, an expert rules, and the batch starts."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.work import MOOD, as_jsonl, make_work

pytestmark = pytest.mark.once
CHECKED_MS = 45_000


@pytest.fixture
def work(stack):
    texts = as_jsonl(*((f"t{number}", f"Text number {number}") for number in range(5)))
    return make_work(stack, MOOD, file=texts, file_name="texts.jsonl", name="Moods")


def begin(page, work, *, items):
    """Ana and Bo take part; returns the number of the small batch."""
    page.goto(f"/batches/{work.batch}/")
    page.get_by_role("link", name="Calibrate first").click()
    page.get_by_label("Items", exact=True).fill(str(items))
    for person in page.get_by_role("group", name="Who takes part").get_by_role("checkbox").all():
        person.uncheck()
    for name in ("Ana Souza", "Bo Lindqvist"):
        page.get_by_label(name).check()
    page.get_by_role("button", name="Begin the calibration").click()
    expect(page.get_by_text("2 of 2 items still wait")).to_be_visible()
    address = page.get_by_role("link", name="Batch of this run").get_attribute("href")
    return int(address.rstrip("/").rsplit("/", 1)[1])


def answer(page, batch, *keys):
    steps.open_label_page(page, batch)
    for number, key in enumerate(keys, start=1):
        page.keyboard.press(key)
        steps.expect_done(page, number)
    steps.wait_for_end(page)


def test_a_batch_waits_until_its_people_agree_or_an_expert_answers_for_it(as_person, work):
    mei = as_person("mei")
    run = begin(mei, work, items=2)
    ana, bo = as_person("ana"), as_person("bo")
    answer(ana, run, "1", "1")
    answer(bo, run, "1", "2")

    elena = as_person("elena")
    elena.get_by_role("link", name="Open what costs most now").click()
    entry = elena.get_by_role("row").filter(has_text="agreement 50 %, needed 80 %")
    for _look in range(CHECKED_MS // 1_000):
        # A job looks at the runs every few seconds.
        if entry.count():
            break
        elena.wait_for_timeout(1_000)
        elena.reload()
    entry.get_by_role("link", name="Open").click()
    expect(elena.get_by_text("not reached")).to_be_visible()
    elena.get_by_role("link", name="1 item: Good – Bad").click()
    expect(elena.get_by_role("row").filter(has_text="1 × Bad")).to_have_count(1)
    elena.go_back()
    elena.get_by_role("link", name="Write ruling: Good becomes Bad").click()
    elena.wait_for_url(re.compile(r"rulings/new/\?from=mood%3Agood&to=mood%3Abad"))
    elena.go_back()
    elena.get_by_label("Why the batch starts all the same").fill("The ruling settles it.")
    elena.get_by_role("button", name="Start all the same").click()
    expect(elena.get_by_text("The batch is running.")).to_be_visible()
    expect(elena.get_by_text("The ruling settles it.")).to_be_visible()

    # What was asked in the run is not asked again.
    answer(ana, work.batch, "1", "1", "1")
