"""What the editor shows of an image that is damaged, gone, enormous or without classes."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.factories import make_image_bytes

pytestmark = pytest.mark.once

STATIC = Path(__file__).parents[2] / "labelops" / "static"
CONTROL = {
    "name": "fish",
    "type": "shapes",
    "tools": ["box", "polygon"],
    "labels": [{"value": "pike", "title": "Pike", "key": "1"}],
}
PAGE = """<!doctype html>
<html lang="en">
<link rel="stylesheet" href="/static/labelops/tokens.css">
<link rel="stylesheet" href="/static/labelops/editor.css">
<style>answer-editor { display: grid; grid-template-columns: 800px 300px; height: 600px }</style>
<answer-editor data-config="config"></answer-editor>
<script id="config" type="application/json">%s</script>
<script type="module" src="/static/build/review.js"></script>
"""


@pytest.fixture
def editor(chromium):
    """Opens the editor on an image, on a page that no server has a part in."""
    contexts = []

    def opened(image, *, control=CONTROL, **item):
        context = chromium.new_context(base_url="http://editor.test")
        contexts.append(context)
        fields = {"type": "image", "data": {}, "media_url": "/photo.jpg", **item}
        config = {
            "item": {"width": None, "height": None, **fields},
            "label_schema": {"controls": [control]},
            "answer": None,
            "editable": True,
        }

        def answer(route):
            path = route.request.url.removeprefix("http://editor.test/")
            if path == "photo.jpg":
                found = {"body": image} if image else {"status": 404}
                route.fulfill(content_type="image/jpeg", **found)
            elif path.startswith("static/"):
                route.fulfill(path=STATIC / path.removeprefix("static/"))
            else:
                body = PAGE % json.dumps(config)
                route.fulfill(body=body, content_type="text/html; charset=utf-8")

        context.route("**/*", answer)
        page = context.new_page()
        page.goto("/")
        return page

    yield opened
    for context in contexts:
        context.close()


def stored(page):
    return json.loads(page.locator("answer-editor > input").input_value()).get("fish", [])


def test_a_damaged_image_is_told_in_its_place(editor):
    whole = make_image_bytes((300, 200), format="JPEG")
    page = editor(whole[:200])
    expect(page.get_by_role("alert")).to_contain_text("damaged or missing")


def test_an_image_that_is_gone_is_told_in_its_place(editor):
    page = editor(None)
    expect(page.get_by_role("alert")).to_contain_text("damaged or missing")


def test_nothing_is_drawn_where_the_image_is_unknown(editor):
    page = editor(None)
    expect(page.get_by_role("alert")).to_be_visible()
    page.mouse.click(200, 200)
    page.mouse.click(400, 400)
    assert stored(page) == []


def test_an_enormous_scan_is_drawn_on_in_its_own_pixels(editor):
    preview = make_image_bytes((1200, 800), format="JPEG")
    page = editor(preview, width=30_000, height=20_000)
    expect(page.locator(".picture")).to_be_visible()
    frame = page.locator(".picture").bounding_box()
    page.mouse.click(frame["x"] + frame["width"] / 4, frame["y"] + frame["height"] / 4)
    page.mouse.click(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    [shape] = stored(page)
    assert shape["box"] == pytest.approx([7_500, 5_000, 7_500, 5_000], abs=50)


def test_a_question_without_classes_says_so(editor):
    page = editor(make_image_bytes((300, 200), format="JPEG"), control={**CONTROL, "labels": []})
    expect(page.locator(".picture")).to_be_visible()
    expect(page.get_by_text("This question has no classes yet").first).to_be_visible()
    page.mouse.click(200, 200)
    page.mouse.click(400, 400)
    page.keyboard.press("b")
    assert stored(page) == []
