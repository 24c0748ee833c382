"""An expert makes a rule in a form, tries it, publishes it; answers that break it are refused."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_labeling import BOXES, photo
from tests.browser.work import make_work
from tests.factories import make_zip_bytes

pytestmark = pytest.mark.once

SEND = """
async ({ path, body }) => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const response = await fetch(`/api/v1/assignments/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : null };
}
"""
REQUEST = "5bd1f3a4-64a5-4f5e-8d0d-3a3c7d0c8a11"


@pytest.fixture
def photos(stack):
    files = {f"photo-{number}.jpg": photo() for number in range(2)}
    return make_work(stack, BOXES, file=make_zip_bytes(files), file_name="photos.zip")


def send(page, path, **body):
    return page.evaluate(SEND, {"path": path, "body": body})


def add_rule(page, slug, title, fields, sentence):
    page.goto(f"/projects/{slug}/rules/")
    page.get_by_role("link", name=title).click()
    for label, value in fields.items():
        page.get_by_label(label, exact=True).fill(value)
    # The sentence follows the form without a reload.
    expect(page.locator("#rule-preview")).to_have_text(sentence)
    page.get_by_role("button", name="Save in the draft").click()
    expect(page.locator(".rule-list")).to_contain_text(sentence)


def test_a_rule_is_made_tried_published_and_kept(as_person, photos, watch):
    elena, ana = as_person("elena"), as_person("ana")
    [first] = send(ana, "next/", batch=photos.batch)["body"]
    box = {"id": "a1", "label": "note", "box": [10, 10, 20, 400]}
    sent = send(ana, f"{first['assignment']}/submit/", request_id=REQUEST, answer={"notes": [box]})
    assert sent["status"] == 201

    size = "Each side of any class in “Mark every note” is at least 60 pixels"
    count = "At most 1 object of any class in “Mark every note”"
    add_rule(elena, photos.slug, "Size of objects", {"At least": "60"}, size)
    add_rule(elena, photos.slug, "Number of objects", {"At most": "1"}, count)
    elena.get_by_role("button", name=f"Up: {count}").click()
    expect(elena.locator(".rule-sentence").first).to_have_text(count)

    elena.get_by_role("button", name="Test on existing labels").click()
    trial = elena.locator("#rule-trial").locator("xpath=ancestor::section")
    expect(trial.get_by_role("row", name=size)).to_contain_text("1 of 1")
    expect(trial.get_by_role("row", name=count)).to_contain_text("0 of 1")
    item = trial.get_by_role("row", name=size).get_by_role("link")
    expect(item).to_have_text("photo-0.jpg")

    elena.goto(f"/projects/{photos.slug}/instructions/approval/")
    expect(elena.locator(".diff")).to_contain_text("at least 60 pixels")
    elena.get_by_label("editorial").check()
    elena.get_by_role("button", name="Ask for approval").click()
    elena.get_by_role("button", name="Publish version 2").click()
    elena.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(elena.get_by_role("row", name="Version 2")).to_contain_text("published")

    watch.allow("the server responded with a status of 400")
    [second] = send(ana, "next/", batch=photos.batch)["body"]
    ids = {"request_id": REQUEST.replace("5", "6")}
    refused = send(ana, f"{second['assignment']}/submit/", **ids, answer={"notes": [box]})
    assert (refused["status"], refused["body"]["field"]) == (400, "answer.notes[0]")
    assert "at least 60 px" in refused["body"]["message"]
    wide = {**box, "box": [10, 10, 60, 400]}
    kept = send(ana, f"{second['assignment']}/submit/", **ids, answer={"notes": [wide]})
    assert kept["status"] == 201


def test_a_reported_item_is_resolved_on_the_list(as_person, photos):
    ana, mei = as_person("ana"), as_person("mei")
    [held] = send(ana, "next/", batch=photos.batch)["body"]
    sent = {"reason": "truncated", "comment": "The right half is grey."}
    assert send(ana, f"{held['assignment']}/report/", **sent)["status"] == 204
    mei.goto(f"/projects/{photos.slug}/")
    mei.get_by_role("link", name="Reported items 1").click()
    row = mei.get_by_role("row", name="The right half is grey.")
    expect(row.get_by_role("img")).to_be_visible()
    row.get_by_role("textbox", name="Note: photo-0.jpg").fill("Imported anew.")
    row.get_by_role("button", name="Resolve").click()
    expect(mei.get_by_text("No report is open.")).to_be_visible()
    mei.get_by_role("link", name="Show all").click()
    expect(mei.get_by_role("row", name="Imported anew.")).to_be_visible()
