"""Review at a glance in a real browser: by keyboard only, and by mouse."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.test_grid import CONTROL, leased, see_all, tiles
from tests.browser.work import as_jsonl, make_work

LABEL = """
import uuid
from labelops.accounts.models import User
from reviews.models import Consensus
from reviews.services import consensus
from tasks.services import annotations, handout
from tasks.models import Batch, Task
ana = User.objects.get(username="ana")
for row in handout.next_assignments(ana, batch={batch}, count={count}, most={count}).assignments:
    annotations.submit(row.public_id, answer={{"mood": "good"}}, request_id=uuid.uuid4(), by=ana)
consensus.assess_waiting()
print(Consensus.objects.filter(batch={batch}).count())
"""
DECIDED = """
import json
from reviews.models import Review
rows = Review.objects.standing().filter(task__batch={batch}).order_by("task__item__external_id")
print(json.dumps(list(rows.values_list("decision", flat=True))))
"""


@pytest.fixture
def work(stack):
    texts = as_jsonl(*((f"t{number:03}", f"Text number {number}") for number in range(14)))
    made = make_work(stack, CONTROL, file=texts, file_name="texts.jsonl")
    stack.shell(LABEL.format(batch=made.batch, count=14))
    return made


def decided(work):
    return json.loads(work.stack.shell(DECIDED.format(batch=work.batch)).splitlines()[-1])


def test_a_page_is_reviewed_without_a_mouse(as_person, work):
    page = as_person("rui")
    page.goto(f"/review/glance/{work.slug}/")
    page.get_by_label("Tiles on a page").select_option("12")
    page.get_by_label("Tiles on a page").blur()
    page.keyboard.press("1")
    expect(page.get_by_role("heading", level=1)).to_have_text("Good")
    expect(tiles(page)).to_have_count(12)
    expect(tiles(page).first).to_be_focused()
    # Why the tile is doubtful is said in words while it has the focus.
    expect(tiles(page).first).to_have_attribute("aria-describedby", "grid-why")
    page.keyboard.press("2")
    expect(tiles(page).first).to_contain_text("Bad")
    page.keyboard.press("z")
    expect(tiles(page).first).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("2")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("r")
    expect(page.get_by_role("dialog")).to_contain_text("The author reads it")
    page.keyboard.press("2")
    expect(tiles(page).nth(1)).to_contain_text("Rejected: the instructions say otherwise")
    expect(tiles(page).nth(1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("e")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Leave open")
    page.keyboard.press("Escape")
    see_all(page)
    page.keyboard.press("Enter")
    expect(tiles(page)).to_have_count(2)
    work.stack.wait_for(lambda: len(decided(work)) == 11, "the decisions")
    assert sorted(decided(work)) == ["accept"] * 9 + ["fix", "reject"]
    # The page at hand, and the tile that is decided by itself.
    assert leased(work) == 3
    page.get_by_role("link", name="Left open").click()
    expect(page.get_by_role("button", name="Accept")).to_be_visible()
    work.stack.wait_for(lambda: leased(work) == 1, "the page given back")


def test_a_confirmed_page_is_taken_back_by_key_and_confirmed_anew(as_person, work):
    page = as_person("rui")
    page.goto(f"/review/glance/{work.slug}/grid/?value=good&size=12")
    expect(tiles(page)).to_have_count(12)
    page.keyboard.press("2")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("e")
    see_all(page)
    page.keyboard.press("Enter")
    expect(page.locator(".grid-status")).to_have_text("Page confirmed: 11. Undo: u")
    expect(tiles(page)).to_have_count(2)
    work.stack.wait_for(lambda: len(decided(work)) == 11, "the decisions")
    # What is marked on the next page waits behind the one that is taken back.
    page.keyboard.press("2")
    page.keyboard.press("u")
    expect(page.locator(".grid-status")).to_have_text("The last page was taken back.")
    expect(tiles(page)).to_have_count(12)
    expect(tiles(page).first).to_contain_text("Bad")
    expect(tiles(page).nth(1)).to_contain_text("left open")
    expect(page.locator(".grid-count")).to_have_text("0 decided")
    expect(page.locator(".grid-aside")).to_be_hidden()
    assert decided(work) == []
    # Both pages, and nothing that nobody sees.
    assert leased(work) == 14
    page.keyboard.press("Home")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(tiles(page)).to_have_count(2)
    expect(tiles(page).first).to_contain_text("Bad")
    work.stack.wait_for(lambda: len(decided(work)) == 11, "the page anew")
    assert decided(work) == ["accept"] * 11
    expect(page.locator(".grid-count")).to_have_text("11 decided")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing more")).to_be_visible()
    work.stack.wait_for(lambda: len(decided(work)) == 13, "the last page")
    # There is no mark to take back, and no page: the last one comes again.
    page.keyboard.press("Control+z")
    expect(tiles(page)).to_have_count(2)
    expect(tiles(page).first).to_contain_text("Bad")
    assert len(decided(work)) == 11
    page.keyboard.press("u")
    expect(page.locator(".grid-status")).to_have_text("There is nothing to undo.")


def test_a_page_that_cannot_be_sent_is_sent_once_the_line_is_back(as_person, work, watch):
    watch.allow("ERR_INTERNET_DISCONNECTED")
    page = as_person("rui")
    page.goto(f"/review/glance/{work.slug}/grid/?value=good&size=12")
    expect(tiles(page)).to_have_count(12)
    see_all(page)
    tiles(page).nth(3).click()
    expect(tiles(page).nth(3)).to_contain_text("left open")
    page.context.set_offline(True)
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".grid-unsent")).to_contain_text("12")
    page.context.set_offline(False)
    work.stack.wait_for(lambda: len(decided(work)) == 11, "what waited", 60)
    assert decided(work) == ["accept"] * 11
