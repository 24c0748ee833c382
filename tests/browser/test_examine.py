"""Tiles in a browser: ticked by keys and in ranges, tagged together, and untagged again."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.once

TAGGED = """
from django.db import transaction
from labelops.accounts.models import User
from tasks.models import Project
from tasks.services import item_tags
project = Project.objects.get(slug="digits")
with transaction.atomic():
    items = list(project.items.order_by("pk")[:8])
    item_tags.put_on(items, "seen", by=User.objects.get(username="mei"))
"""


@pytest.fixture(scope="module")
def tagged(stack):
    stack.shell(TAGGED)


def test_tiles_are_ticked_by_keys_tagged_together_and_taken_back(tagged, as_person):
    page = as_person("elena")
    page.goto("/projects/digits/examine/?set=tag&tag=seen")
    told, ticks = page.locator("[data-ticked]"), page.locator('[name="tick"]')
    expect(told).to_have_text("nothing ticked: all 8 of the set")
    # The first arrow comes to the first tile.
    for key in ("ArrowRight", "x", "ArrowRight", "ArrowRight", "Space"):
        page.keyboard.press(key)
    expect(told).to_have_text("2 ticked")
    expect(ticks.nth(2)).to_be_checked()
    ticks.nth(5).click(modifiers=["Shift"])
    expect(told).to_have_text("5 ticked")
    page.keyboard.press("l")
    expect(page.get_by_label("Labels")).not_to_be_checked()
    page.keyboard.press("t")
    page.get_by_label("Tag").fill("strange")
    expect(page.get_by_role("button", name="Change 5 items")).to_be_enabled()
    page.get_by_role("button", name="Change 5 items").click()
    expect(page.get_by_text("5 of 5 items")).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    page.get_by_role("dialog").get_by_role("button", name="Take back").click()
    expect(page.get_by_role("row", name="taken back 5")).to_be_visible()
    page.goto("/projects/digits/examine/?set=tag&tag=seen")
    ticks.nth(3).check()
    ticks.first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("digit-0000.png")
    page.go_back()
    expect(told).to_have_text("1 ticked")
    expect(ticks.nth(3)).to_be_checked()
