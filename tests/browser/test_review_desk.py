"""The review desk by keyboard alone: the next task is there with the key, and comes back by one."""

from playwright.sync_api import expect

from tests.browser.work import MOOD, make_work
from tests.factories import make_image_bytes, make_zip_bytes

BOXES = {
    "name": "objects",
    "type": "shapes",
    "title": "Cars",
    "required": False,
    "tools": ["box"],
    "labels": [{"value": "car", "title": "Car", "color": "#1971c2"}],
}
# Nothing is learned for a day: a label that changed while somebody looked is not decided on.
LABEL = """
from datetime import timedelta
from django.utils import timezone
from labelops.accounts.models import User
from reviews.models import InferenceModel
from reviews.services import consensus, inference
from tasks.models import Task
from tests.factories import make_annotation
people = [User.objects.get(username=name) for name in ("ana", "bo")]
for task in Task.objects.filter(batch={batch}).order_by("pk"):
    for person, answer in zip(people, {answers!r}, strict=True):
        make_annotation(task, person, answer)
consensus.assess_waiting()
inference.refit(task.batch.project)
InferenceModel.objects.filter(project=task.batch.project).update(
    fitted_at=timezone.now() + timedelta(days=1)
)
"""
DECIDED = """
from reviews.models import Review
rows = Review.objects.standing().filter(task__batch={batch}).order_by("pk")
print([(row.decision, row.reason, row.dwell_ms is not None) for row in rows])
"""


def pictures(count):
    images = {f"{number}.png": make_image_bytes((320, 240)) for number in range(count)}
    return make_zip_bytes(images)


def disputed(stack, control, *answers, count):
    work = make_work(stack, control, file=pictures(count), file_name="desk.zip", overlap=2)
    stack.shell(LABEL.format(batch=work.batch, answers=answers))
    return work


def sit_down(page, work):
    page.goto(f"/review/?project={work.slug}")
    page.locator(f'form:has(input[value="{work.slug}"]) button.btn-primary').focus()
    page.keyboard.press("Enter")
    page.locator("answer-view .picture[href]").first.wait_for()


def item(page):
    return page.locator(".desk-task").get_attribute("data-item")


def decide(page, *keys):
    """Waits until the next task stands there."""
    before = item(page)
    for key in keys:
        page.keyboard.press(key)
    expect(page.locator(".desk-task")).not_to_have_attribute("data-item", before)
    return before


def all_sent(page):
    expect(page.locator("[data-desk]")).to_have_attribute("data-unsent", "0")


def test_four_decisions_and_an_undo_by_keyboard(as_person, stack):
    work = disputed(stack, MOOD, {"mood": "good"}, {"mood": "bad"}, count=5)
    page = as_person("elena")
    sit_down(page, work)
    status = page.locator("[data-desk-status]")
    first = decide(page, "a")
    expect(status).to_contain_text(f"Accepted: {first}.")
    expect(status).to_contain_text("Next: ")
    decide(page, "r", "4")
    expect(status).to_contain_text("Rejected")
    third = decide(page, "x")
    page.keyboard.press("u")
    expect(page.locator(".desk-task")).to_have_attribute("data-item", third)
    expect(page.get_by_text("You took your decision back: escalated.")).to_be_visible()
    decide(page, "2")
    page.keyboard.press("r")
    page.keyboard.press("6")
    expect(status).to_contain_text("Say in a sentence")
    page.keyboard.type("Look at the eyes.")
    decide(page, "Control+Enter")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Take the last decision back")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.wait_for_url("**/review/")
    told = stack.shell(DECIDED.format(batch=work.batch))
    assert told.count("True") == 5
    assert "('reject', 'poor_geometry', True)" in told
    assert "('reject', 'other', True)" in told


def test_a_decision_waits_for_the_line_and_is_stored_once(as_person, stack, watch):
    watch.allow("Failed to load resource")
    watch.allow("net::ERR_")
    work = disputed(stack, MOOD, {"mood": "good"}, {"mood": "bad"}, count=3)
    page = as_person("elena")
    sit_down(page, work)
    page.wait_for_timeout(1_000)
    page.context.set_offline(True)
    decide(page, "a")
    expect(page.get_by_text("has not reached the server yet")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("[data-desk-problem]")).to_be_hidden()
    decide(page, "a")
    all_sent(page)
    page.goto("/review/")
    assert stack.shell(DECIDED.format(batch=work.batch)).count("accept") == 2


def test_answers_are_compared_and_merged_by_keyboard(as_person, stack):
    car, other = ({"id": "a", "label": "car", "box": [x, 40, 60, 60]} for x in (20, 200))
    work = disputed(
        stack, BOXES, {"objects": [car]}, {"objects": [car, {**other, "id": "b"}]}, count=2
    )
    page = as_person("elena")
    sit_down(page, work)
    view = page.locator("answer-view")
    tags = view.locator(".stage-layer-moving text")
    expect(tags.filter(has_text="− Car").or_(tags.filter(has_text="+ Car")).first).to_be_visible()
    expect(page.locator("#desk-differences")).to_contain_text("Car")
    page.keyboard.press("o")
    expect(view.locator(".answer-stage")).to_have_count(2)
    page.keyboard.down("d")
    expect(view.get_by_role("button", name="Hold")).to_have_attribute("aria-pressed", "true")
    page.keyboard.up("d")
    expect(view.get_by_role("button", name="Hold")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("n")
    page.keyboard.press("ArrowDown")
    decide(page, "m")
    all_sent(page)
    assert "fix" in stack.shell(DECIDED.format(batch=work.batch))
