"""A newcomer's path: from the board to the person behind a late batch, and what is printed."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.once

LATE = """
from datetime import timedelta
from django.utils import timezone
from labelops.accounts.models import User
from reviews.services import batch_figures, rollups
from tasks.models import Assignment, Batch
batch = Batch.objects.filter(project__slug="digits").first()
batch.due_at = timezone.now() - timedelta(hours=1)
batch.state = Batch.State.RUNNING
batch.save()
rollups.count_changes()
batch_figures.refresh(batch)
item = batch.tasks.order_by("pk").first().item
print(batch.pk, item.external_id)
"""

# A4 upright, and the tables that reach over its edge.
PAPER = {"width": 794, "height": 1_123}
BEYOND_PAPER = """() => [...document.querySelectorAll("main table")]
    .filter(table => table.getBoundingClientRect().right > window.innerWidth)
    .map(table => table.innerText)"""


@pytest.fixture(scope="module")
def late(stack):
    number, item = stack.shell(LATE).splitlines()[-1].split(" ", 1)
    return int(number), item


def test_from_the_board_to_the_person_in_three_clicks(late, as_person):
    batch, _item = late
    page = as_person("mei")
    page.get_by_role("navigation").get_by_role("link", name="Board").click()
    row = page.get_by_role("row").filter(has=page.locator(f'a[href="/batches/{batch}/people/"]'))
    expect(row).to_contain_text("The due date has passed.")
    row.get_by_role("link", name="See who is behind").click()
    people = page.get_by_role("table").first.get_by_role("row")
    first = people.nth(1).get_by_role("rowheader").get_by_role("link").first
    name = first.inner_text()
    first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    # The same by keyboard: what has the focus is what Enter opens.
    page.goto("/board/")
    for link in (f'a[href="/batches/{batch}/people/"]', "tbody th a[href*='/levels/']"):
        reach(page, page.locator(link).first)
        page.keyboard.press("Enter")
        page.wait_for_load_state()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def reach(page, link):
    """Walks there with Tab, from where the page begins."""
    link.wait_for()
    page.locator("#content").focus()
    for _press in range(150):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            return
    raise AssertionError("no way there by keyboard")


def test_a_view_is_kept_and_an_item_is_found(late, as_person):
    _batch, item = late
    page = as_person("mei")
    page.goto("/board/?alarms=1")
    page.get_by_text("Keep this view").click()
    page.get_by_label("Name of the view").fill("What is late")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.goto("/board/")
    page.get_by_role("link", name="What is late").click()
    expect(page).to_have_url(re.compile(r"/board/\?alarms=1$"))
    page.get_by_role("button", name="Delete the view What is late").click()
    expect(page.get_by_role("link", name="What is late")).to_have_count(0)
    page.goto("/board/")
    page.get_by_role("searchbox").fill(item)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=item, exact=True).first.click()
    expect(page).to_have_url(re.compile(r"/items/"))


def test_the_report_is_printed_without_what_only_a_screen_needs(late, as_person):
    batch, _item = late
    page = as_person("mei")
    page.goto(f"/batches/{batch}/")
    page.get_by_role("link", name="Report to print").click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.emulate_media(media="print")
    for gone in page.locator("nav, .btn, .skip-link").all():
        expect(gone).to_be_hidden()
    for part in ("Progress", "Quality", "Cost", "Classes", "People"):
        expect(page.get_by_role("heading", name=part, exact=True)).to_be_visible()
    page.set_viewport_size(PAPER)
    assert page.evaluate(BEYOND_PAPER) == []
