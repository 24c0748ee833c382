"""The grid in a real browser: by mouse, and by keyboard only."""

import pytest
from playwright.sync_api import expect

from tests.browser.work import as_jsonl, make_work

pytestmark = pytest.mark.once

CONTROL = {
    "name": "mood",
    "type": "choice",
    "title": "Which mood?",
    "required": True,
    "multiple": False,
    "options": [
        {"value": "good", "title": "Good", "key": "1"},
        {"value": "bad", "title": "Bad", "key": "2"},
    ],
}
PREDICT = """
from labelops.accounts.models import User
from tasks.models import Batch, Item
from tasks.formats.records import Row
from tasks.services import batches, predictions
mei = User.objects.get(username="mei")
batch = Batch.objects.select_related("project").get(pk={batch})
model = predictions.get_model_version(batch.project, name="m", version="1", by=mei)
names = sorted(Item.objects.filter(project=batch.project).values_list("external_id", flat=True))
rows = [
    Row(n + 1, {{"item": name, "answer": {{"mood": "bad" if n < {bad} else "good"}}}})
    for n, name in enumerate(names)
]
counts, problems = predictions.take_predictions(model, rows, by=mei)
assert not problems, problems
batches.update_batch(batch, by=mei, suggestions="shown", blind_percent=0)
"""
LEASED = """
from tasks.models import Assignment
print(Assignment.objects.filter(batch={batch}, state="leased").count())
"""


@pytest.fixture
def work(stack):
    texts = as_jsonl(*((f"t{number:03}", f"Text number {number}") for number in range(70)))
    return make_work(stack, CONTROL, file=texts, file_name="texts.jsonl")


def tiles(page):
    return page.locator(".sheet .tile")


def see_all(page):
    """Scrolls until every row was on screen."""
    for place in range(0, tiles(page).count(), 6):
        tiles(page).nth(place).evaluate("(tile) => tile.scrollIntoView({ block: 'center' })")
        page.wait_for_timeout(60)
    expect(page.get_by_role("button", name="Confirm")).to_be_enabled()


def moods(work):
    return [answer["mood"] for answer in work.answers()]


def leased(work):
    return int(work.stack.shell(LEASED.format(batch=work.batch)).strip().splitlines()[-1])


def test_by_mouse_with_a_class_that_the_person_picks(as_person, work):
    page = as_person("ana", reduced_motion="reduce")
    page.set_viewport_size({"width": 900, "height": 420})
    page.get_by_role("link", name="Grid of First").first.wait_for()
    page.goto(f"/label/{work.batch}/grid/")
    page.get_by_role("button", name="Good").click()
    expect(tiles(page)).to_have_count(60)
    # Not every row was on screen: nothing can be confirmed yet.
    expect(page.get_by_role("button", name="Confirm")).to_be_disabled()
    expect(page.locator(".grid-rows")).to_contain_text("Not on screen yet")
    tiles(page).nth(0).click()
    tiles(page).nth(1).click()
    tiles(page).nth(1).click()
    tiles(page).nth(2).hover()
    page.keyboard.press("2")
    expect(tiles(page).nth(2)).to_contain_text("Bad")
    see_all(page)
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".grid-count")).to_have_text("59 done")
    expect(page.locator(".grid-aside")).to_contain_text("1")
    # What nobody took and what is set aside: ten of the next page.
    expect(tiles(page)).to_have_count(10)
    work.stack.wait_for(lambda: len(work.answers()) == 59, "the page")
    assert sorted(set(moods(work))) == ["bad", "good"]
    assert moods(work).count("bad") == 1
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".grid-status")).to_contain_text("taken back")
    expect(tiles(page)).to_have_count(60)
    expect(tiles(page).nth(2)).to_contain_text("Bad")
    assert work.answers() == []
    see_all(page)
    page.get_by_role("button", name="Confirm").click()
    expect(tiles(page)).to_have_count(10)
    work.stack.wait_for(lambda: len(work.answers()) == 59, "the page again")
    page.locator(".grid-aside").click()
    page.locator("label-session[data-phase=working]").wait_for()
    # The rest of the grid was given back; the one that was set aside is shown singly, first.
    expect(page.locator(".stage, label-session").first).to_contain_text("Text number 0")


def test_by_keyboard_with_classes_that_a_model_proposes(as_person, work):
    work.stack.shell(PREDICT.format(batch=work.batch, bad=8))
    page = as_person("ana")
    page.goto(f"/label/{work.batch}/grid/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bad")
    expect(tiles(page)).to_have_count(8)
    expect(tiles(page).first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(tiles(page).nth(1)).to_be_focused()
    page.keyboard.press("1")
    page.keyboard.press("End")
    page.keyboard.press(" ")
    expect(tiles(page).last).to_have_attribute("aria-pressed", "true")
    page.keyboard.press(" ")
    page.keyboard.press("v")
    expect(page.get_by_role("complementary", name="A larger look")).to_contain_text("number 7")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Confirm")).to_be_enabled()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Good")
    expect(tiles(page)).to_have_count(60)
    work.stack.wait_for(lambda: len(work.answers()) == 8, "the page")
    assert sorted(moods(work)) == ["bad"] * 7 + ["good"]
    page.keyboard.press("z")
    expect(tiles(page)).to_have_count(8)
    work.stack.wait_for(lambda: not work.answers(), "the page taken back")
    page.goto("/")
    work.stack.wait_for(lambda: leased(work) == 0, "the leases given back")


def test_a_page_that_cannot_be_sent_is_kept_and_sent_later(as_person, work, watch):
    watch.allow("ERR_INTERNET_DISCONNECTED")
    watch.allow("ERR_FAILED")
    page = as_person("ana")
    page.goto(f"/label/{work.batch}/grid/")
    page.get_by_role("button", name="Good").wait_for()
    page.keyboard.press("1")
    expect(tiles(page)).to_have_count(60)
    see_all(page)
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    expect(page.locator(".grid-unsent")).to_contain_text("60")
    page.context.set_offline(False)
    work.stack.wait_for(lambda: len(work.answers()) == 60, "what was kept", 60)
    assert moods(work) == ["good"] * 60
