"""The whole loop through the browser: from a new project to the file that leaves."""

import hashlib
import json

from playwright.sync_api import expect

from tests.browser import steps
from tests.factories import make_image_bytes, make_zip_bytes

COLORS = ("teal", "salmon", "gold", "navy")
COMMENT = "The breast is white, so it is a wren."


def picture_zip():
    return make_zip_bytes(
        {f"bird-{color}.png": make_image_bytes((320, 240), color=color) for color in COLORS}
    )


def label_all(page, batch, keys):
    steps.open_label_page(page, batch)
    for count, key in enumerate(keys, start=1):
        steps.wait_for_task(page)
        page.keyboard.press(key)
        steps.expect_done(page, count)
    steps.wait_for_end(page)


def test_a_project_goes_once_around_the_loop(as_person):
    mei, elena = as_person("mei"), as_person("elena")
    slug = steps.create_project(
        mei, "Birds", kind="choice", question="Which bird?", classes=["Robin", "Wren"]
    )
    steps.write_instructions(elena, slug, "# Birds\n\nA robin has a **red** breast.")
    steps.import_file(mei, slug, "birds.zip", "application/zip", picture_zip())
    batch = steps.start_batch(mei, slug, "First birds", purpose="To tell robins from wrens")

    ana, bo = as_person("ana"), as_person("bo")
    label_all(ana, batch, "1111")
    label_all(bo, batch, "1121")

    decide_the_tie(elena)
    read_the_feedback(ana)
    read_the_confirmation(bo)
    assert_export_holds(mei, slug)


def decide_the_tie(page):
    start = page.get_by_role("button", name="Start Birds")
    for _attempt in range(30):
        page.goto("/review/")
        if start.count():
            break
        # The worker gathers finished tasks for a second before it assesses them.
        page.wait_for_timeout(500)
    start.click()
    expect(page.locator(".risk-chip").first).to_contain_text("tie")
    # Keys are heard once the page's scripts have drawn the answers.
    page.locator("answer-view .stage-canvas").wait_for()
    page.keyboard.press("e")
    editor = page.locator("answer-editor")
    editor.locator('[data-option="wren"]').click()
    page.get_by_role("textbox", name="Comment").fill(COMMENT)
    page.get_by_label("because of").select_option("wrong_class")
    page.get_by_role("button", name="Store correction").click()
    # The desk says that nothing is left, and goes to its home.
    page.wait_for_url("**/review/")


def read_the_feedback(page):
    page.goto("/inbox/")
    expect(page.get_by_role("heading", name="wrong class")).to_be_visible()
    page.get_by_role("link").filter(has_text=COMMENT).first.click()
    expect(page.get_by_role("main").get_by_text(COMMENT).last).to_be_visible()
    before, after = page.locator("answer-view").all()
    expect(before).to_contain_text("Robin")
    expect(after).to_contain_text("Wren")
    page.get_by_role("button", name="Got it").click()


def read_the_confirmation(page):
    """Bo was right: neither reason nor comment is about his answer."""
    page.goto("/inbox/")
    expect(page.get_by_role("link").filter(has_text="accepted").first).to_be_visible()
    expect(page.get_by_text("wrong class")).to_have_count(0)
    expect(page.get_by_text(COMMENT)).to_have_count(0)


def assert_export_holds(page, slug):
    page.goto(f"/projects/{slug}/exports/new/")
    page.get_by_label("JSONL").check()
    page.get_by_role("button", name="Export").click()
    file = steps.download(page, "Download")
    manifest = json.loads(steps.download(page, "Manifest"))
    rows = [json.loads(line) for line in file.decode().splitlines()]
    labels = sorted(row["answer"]["which_bird"] for row in rows)
    assert labels == ["robin", "robin", "robin", "wren"]
    assert manifest["count"] == len(COLORS)
    assert manifest["sha256"] == hashlib.sha256(file).hexdigest()
