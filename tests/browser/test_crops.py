"""Crops of one class in a real browser, by keyboard only: marked, confirmed, fixed on the desk."""

import io
import json

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests.browser.test_grid import see_all, tiles
from tests.browser.work import make_work
from tests.factories import make_zip_bytes

pytestmark = pytest.mark.once

SIZE = (640, 480)
FISH = {
    "name": "fish",
    "type": "shapes",
    "title": "Mark every fish",
    "required": False,
    "tools": ["box"],
    "labels": [
        {"value": "pike", "title": "Pike", "key": "1", "color": "#1971c2"},
        {"value": "carp", "title": "Carp", "key": "2", "color": "#e8590c"},
    ],
}
BOXES = [[40, 40, 160, 90], [300, 60, 120, 120], [200, 280, 220, 110]]
LABEL = """
import uuid
from labelops.accounts.models import User
from reviews.services import consensus
from tasks.services import annotations, handout
ana = User.objects.get(username="ana")
answer = {{"fish": [
    {{"id": f"o{{n}}", "label": "pike", "box": box}} for n, box in enumerate({boxes})
]}}
for row in handout.next_assignments(ana, batch={batch}, count=9, most=9).assignments:
    annotations.submit(row.public_id, answer=answer, request_id=uuid.uuid4(), by=ana)
consensus.assess_waiting()
"""
CHECKED = """
import json
from reviews.models import ObjectCheck
rows = ObjectCheck.objects.standing().filter(task__batch={batch}).order_by("pk")
print(json.dumps(list(rows.values_list("verdict", "should_be", "reason"))))
"""
STORED = """
import json
from tasks.models import Task
rows = Task.objects.filter(batch={batch}, result_source="review")
labels = [[entry["label"] for entry in task.result_answer["fish"]] for task in rows]
print(json.dumps(labels))
"""


def picture(number):
    image = Image.new("RGB", SIZE, "#dfe7ec")
    draw = ImageDraw.Draw(image)
    for place, (x, y, width, height) in enumerate(BOXES):
        color = ("#4477aa", "#cc6677", "#117733")[(place + number) % 3]
        draw.ellipse((x, y, x + width, y + height), fill=color)
    stream = io.BytesIO()
    image.save(stream, "JPEG")
    return stream.getvalue()


@pytest.fixture
def work(stack):
    files = {f"f{number}.jpg": picture(number) for number in range(5)}
    made = make_work(stack, FISH, file=make_zip_bytes(files), file_name="fish.zip", name="Fish")
    stack.shell(LABEL.format(batch=made.batch, boxes=BOXES))
    return made


def told(work, script):
    return json.loads(work.stack.shell(script.format(batch=work.batch)).splitlines()[-1])


def test_crops_are_marked_confirmed_and_taken_back_by_key(as_person, work):
    page = as_person("rui")
    page.goto(f"/review/glance/{work.slug}/")
    page.get_by_label("Tiles on a page").select_option("12")
    page.get_by_label("Tiles on a page").blur()
    page.keyboard.press("1")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pike")
    expect(tiles(page)).to_have_count(12)
    expect(tiles(page).first).to_be_focused()
    page.keyboard.press("2")
    expect(tiles(page).first).to_contain_text("Carp")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("r")
    expect(page.get_by_role("dialog")).to_contain_text("not an object")
    page.keyboard.press("2")
    expect(tiles(page).nth(1)).to_contain_text("not an object")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(tiles(page).nth(2)).to_contain_text("wrong class")
    page.keyboard.press("z")
    expect(tiles(page).nth(2)).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("v")
    larger = page.locator(".grid-preview img")
    expect(larger).to_be_visible()
    expect(larger).to_have_js_property("naturalWidth", 640)
    page.keyboard.press("v")
    see_all(page)
    page.keyboard.press("Enter")
    expect(page.locator(".grid-status")).to_have_text("Page confirmed: 12. Undo: u")
    work.stack.wait_for(lambda: len(told(work, CHECKED)) == 12, "the checks")
    wrong = [row for row in told(work, CHECKED) if row[0] == "wrong"]
    assert wrong == [["wrong", "carp", "wrong_class"], ["wrong", "", "extra_object"]]
    page.keyboard.press("u")
    expect(page.locator(".grid-status")).to_have_text("The last page was taken back.")
    expect(tiles(page).first).to_contain_text("Carp")
    assert told(work, CHECKED) == []
    page.keyboard.press("Enter")
    work.stack.wait_for(lambda: len(told(work, CHECKED)) == 12, "the page anew")
    expect(tiles(page)).to_have_count(3)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing more")).to_be_visible()
    work.stack.wait_for(lambda: len(told(work, CHECKED)) == 15, "the last page")
    page.get_by_role("link", name="Choose another class").press("Enter")
    expect(page.get_by_role("row", name="Pike")).to_contain_text("nothing to do")


def test_a_marked_object_is_fixed_on_the_desk_by_one_key(as_person, work):
    page = as_person("rui")
    page.goto(f"/review/glance/{work.slug}/crops/?value=pike&size=12")
    expect(tiles(page)).to_have_count(12)
    page.keyboard.press("2")
    see_all(page)
    page.keyboard.press("Enter")
    work.stack.wait_for(lambda: len(told(work, CHECKED)) == 12, "the checks")
    page.goto("/review/")
    start = page.locator(f'form:has(input[value="{work.slug}"])').get_by_role(
        "button", name="Start"
    )
    start.press("Enter")
    expect(page.locator(".risk-chip").first).to_have_text("Pike marked as Carp")
    expect(page.locator(".shape-tag").last).to_have_text("Pike marked as Carp")
    page.keyboard.press("k")
    work.stack.wait_for(lambda: told(work, STORED) == [["carp", "pike", "pike"]], "the fix")
