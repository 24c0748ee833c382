"""An expert makes a lesson and an exam of decided labels; an annotator learns and passes."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.once

LESSON = "Zeros with a bar"
DIGIT = "0"
WRONG = "7"
EXAM_ITEMS = 3


def open_candidates(page, title):
    """The accepted zeros of the demo, whoever decided them."""
    page.get_by_role("link", name=title).click()
    page.get_by_label("Accepted label").select_option(label=DIGIT)
    page.get_by_label("Decided").select_option("all")
    page.get_by_role("button", name="Filter").click()


def write_lesson(page):
    page.goto("/projects/digits/training/")
    page.get_by_label("Title of the new lesson").fill(LESSON)
    page.get_by_role("button", name="Add lesson").click()
    open_candidates(page, "Pick items")
    page.get_by_role("button", name="Practice").first.click()
    expect(page.get_by_text("Picked.")).to_be_visible()
    page.get_by_role("button", name="Example").first.click()
    page.get_by_role("link", name=LESSON).click()
    for number in (0, 1):
        page.get_by_label("why this is the right answer").nth(number).fill("It has a bar.")
        page.get_by_role("button", name="Save").nth(number + 1).click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Everybody who labels here finds the lesson now.")).to_be_visible()


def open_exam(page):
    page.goto("/projects/digits/training/")
    open_candidates(page, "Add items")
    boxes = page.get_by_role("checkbox")
    for number in range(EXAM_ITEMS):
        boxes.nth(number).check()
    page.get_by_role("button", name="Add what is checked").click()
    expect(page.get_by_text(f"{EXAM_ITEMS} items added to the pool.")).to_be_visible()
    page.goto("/projects/digits/training/")
    page.get_by_label("Items", exact=True).fill(str(EXAM_ITEMS))
    page.get_by_label("People may take the exam").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The plan of the exam is stored.")).to_be_visible()


def choose(page, digit):
    page.locator(f'answer-editor [data-option="{digit}"]').click()


def learn(page):
    page.goto("/")
    page.get_by_role("link", name="Lessons and exam", exact=True).click()
    page.get_by_role("link", name=LESSON).click()
    expect(page.locator("answer-view").first).to_contain_text(DIGIT)
    choose(page, WRONG)
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("Not yet.")).to_be_visible()
    expect(page.locator("answer-view.mb-3")).to_contain_text(DIGIT)
    choose(page, DIGIT)
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("You have finished this lesson.")).to_be_visible()


def pass_exam(page):
    page.goto("/training/digits/")
    page.get_by_role("button", name="Begin the exam").click()
    for place in range(1, EXAM_ITEMS + 1):
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"{place} of {EXAM_ITEMS}")
        expect(page.locator("answer-editor .stage-image")).to_be_visible()
        page.keyboard.press(DIGIT)
        page.keyboard.press("Enter")
        expect(page.get_by_role("progressbar")).to_have_attribute("value", str(place))
    page.get_by_role("button", name="Hand in").click()
    page.get_by_role("dialog").get_by_role("button", name="Hand in").click()
    expect(page.get_by_role("heading", name="Passed with 100 %")).to_be_visible()
    expect(page.get_by_role("row", name=DIGIT)).to_contain_text("100 %")


def test_a_lesson_and_an_exam_from_both_sides(as_person):
    elena, ana = as_person("elena"), as_person("ana")
    write_lesson(elena)
    open_exam(elena)
    learn(ana)
    pass_exam(ana)
    elena.goto("/projects/digits/training/")
    expect(elena.get_by_role("row").filter(has_text="passed")).to_contain_text("100 %")
