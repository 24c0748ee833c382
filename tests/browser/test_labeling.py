"""Boxes and spans land where the person put them; work survives reloads and lost logins."""

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.conftest import log_in
from tests.browser.work import MOOD, as_jsonl, make_work
from tests.factories import make_image_bytes, make_zip_bytes

pytestmark = pytest.mark.once

BOXES = {
    "name": "notes",
    "type": "shapes",
    "title": "Mark every note",
    "required": False,
    "labels": [{"value": "note", "title": "Note", "key": "1", "color": "#1971c2"}],
}
SPANS = {
    "name": "names",
    "type": "spans",
    "title": "Mark every name",
    "required": False,
    "labels": [{"value": "person", "title": "Person", "key": "1", "color": "#1971c2"}],
}
# Stored lying, shown upright: 2000 wide and 3000 high after its EXIF orientation.
STORED, UPRIGHT = (3000, 2000), (2000, 3000)
TEXT = "🎉👩‍👩‍👧 Ana met Bo in São Paulo."


def photo():
    exif = Image.Exif()
    exif[0x0112] = 6
    return make_image_bytes(STORED, format="JPEG", color="#777", exif=exif)


@pytest.fixture
def photos(stack):
    content = make_zip_bytes({"upright.jpg": photo()})
    return make_work(stack, BOXES, file=content, file_name="photos.zip")


@pytest.fixture
def texts(stack):
    return make_work(stack, SPANS, file=as_jsonl(("t1", TEXT)), file_name="texts.jsonl")


def draw(page, start, end):
    """Drag between two points, in pixels of the upright original; returns the box they make.

    The mouse stands on whole points of the screen, each several pixels of so large a photo.
    """
    place = steps.place_of_picture(page)
    scale = place["width"] / UPRIGHT[0]
    assert place["height"] == pytest.approx(UPRIGHT[1] * scale, abs=1)
    (x1, y1), (x2, y2) = [
        (round(place["x"] + x * scale), round(place["y"] + y * scale)) for x, y in (start, end)
    ]
    page.mouse.move(x1, y1)
    page.mouse.down()
    page.mouse.move((x1 + x2) / 2, (y1 + y2) / 2)
    page.mouse.move(x2, y2)
    page.mouse.up()
    lengths = (x1 - place["x"], y1 - place["y"], x2 - x1, y2 - y1)
    return [length / scale for length in lengths]


def select(page, text):
    """Select a piece of the text with the mouse, from its first edge to its last."""
    edges = page.evaluate(
        """wanted => {
          const node = document.querySelector(".text-page .text-part").firstChild;
          const range = document.createRange();
          const start = node.textContent.indexOf(wanted);
          range.setStart(node, start);
          range.setEnd(node, start + wanted.length);
          const { left, right, top, height } = range.getBoundingClientRect();
          return { left, right, middle: top + height / 2 };
        }""",
        text,
    )
    page.mouse.move(edges["left"] + 0.5, edges["middle"])
    page.mouse.down()
    page.mouse.move(edges["right"] - 0.5, edges["middle"], steps=4)
    page.mouse.up()


def submit(page):
    page.keyboard.press("Control+Enter")
    steps.expect_done(page, 1)


def test_boxes_are_stored_in_pixels_of_the_original(as_person, photos):
    ana = as_person("ana")
    steps.open_label_page(ana, photos.batch)
    wanted = [draw(ana, (200, 300), (800, 1200)), draw(ana, (1000, 1500), (1900, 2900))]
    expect(ana.get_by_text("Marked so far: 2")).to_be_visible()
    submit(ana)
    [answer] = photos.answers()
    boxes = [shape["box"] for shape in answer["notes"]]
    assert boxes == [pytest.approx(box, abs=2) for box in wanted]


def test_spans_are_counted_in_code_points(as_person, texts):
    ana = as_person("ana")
    steps.open_label_page(ana, texts.batch)
    select(ana, "Bo")
    expect(ana.get_by_text("Marked so far: 1")).to_be_visible()
    submit(ana)
    [answer] = texts.answers()
    [span] = answer["names"]
    start = TEXT.index("Bo")
    assert (span["start"], span["end"], span["text"]) == (start, start + 2, "Bo")


def test_a_draft_is_kept_over_a_reload(as_person, photos):
    ana = as_person("ana")
    steps.open_label_page(ana, photos.batch)
    draw(ana, (200, 300), (800, 1200))
    expect(ana.locator(".session-status")).to_have_text("Draft saved.")
    ana.reload()
    steps.wait_for_task(ana)
    expect(ana.locator(".session-status")).to_have_text("Your draft was restored.")
    expect(ana.get_by_text("Marked so far: 1")).to_be_visible()


def test_a_lost_login_keeps_the_answer(as_person, photos, watch):
    watch.allow("the server responded with a status of 401")
    watch.allow("the server responded with a status of 403")
    ana = as_person("ana")
    steps.open_label_page(ana, photos.batch)
    draw(ana, (200, 300), (800, 1200))
    expect(ana.locator(".session-status")).to_have_text("Draft saved.")
    ana.context.clear_cookies()
    ana.keyboard.press("Control+Enter")
    expect(ana.get_by_text("You are logged out.")).to_be_visible()
    log_in(ana.context.new_page(), "ana")
    ana.get_by_role("button", name="Try again").click()
    steps.expect_done(ana, 1)
    assert len(photos.answers()) == 1


def test_a_choice_is_answered_without_a_mouse(as_person, stack):
    rows = as_jsonl(("a", "What a day!"), ("b", "Rain again."))
    work = make_work(stack, MOOD, file=rows, file_name="texts.jsonl")
    ana = as_person("ana")
    ana.keyboard.press("Tab")
    expect(ana.get_by_role("link", name="Skip to the content")).to_be_focused()
    steps.open_label_page(ana, work.batch)
    ana.keyboard.press("?")
    expect(ana.get_by_role("heading", name="Keys")).to_be_visible()
    ana.keyboard.press("Escape")
    ana.keyboard.press("1")
    steps.expect_done(ana, 1)
    steps.wait_for_task(ana)
    ana.locator('[data-option="bad"]').focus()
    ana.keyboard.press("Enter")
    steps.expect_done(ana, 2)
    steps.wait_for_end(ana)
    assert work.answers() == [{"mood": "good"}, {"mood": "bad"}]


def test_boxes_are_made_without_a_mouse(as_person, photos):
    ana = as_person("ana")
    steps.open_label_page(ana, photos.batch)
    ana.keyboard.press("b")
    expect(ana.get_by_text("Marked so far: 1")).to_be_visible()
    ana.keyboard.press("Control+z")
    expect(ana.get_by_text("Marked so far: 0")).to_be_visible()
    ana.keyboard.press("Control+Shift+z")
    ana.keyboard.press("Enter")
    steps.expect_done(ana, 1)
    [answer] = photos.answers()
    assert len(answer["notes"]) == 1
