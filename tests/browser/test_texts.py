"""Texts: quick to open however long, reached by keys, stored to the character."""

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.work import as_jsonl, make_work

pytestmark = pytest.mark.once

SPANS = {
    "name": "names",
    "type": "spans",
    "title": "Mark every name",
    "labels": [{"value": "person", "title": "Person", "key": "1"}],
}
ARABIC = {
    "name": "arabic",
    "type": "text",
    "title": "In Arabic",
    "required": True,
    "layout": "beside",
    "direction": "rtl",
    "language": "ar",
    "length_ratio": [0.5, 2],
    "same_numbers": True,
}
ODD = "One\r\ntwo\t👩‍👩‍👧 \u200fthree\u200f at\u00a0four"
LINES = [f"Line {number}: 👩‍👩‍👧 Roberta met Bo in São Paulo." for number in range(2_000)]
BOOK = "\n".join(LINES)


@pytest.fixture
def book(stack):
    return make_work(stack, SPANS, file=as_jsonl(("b", BOOK)), file_name="book.jsonl")


@pytest.fixture
def sentence(stack):
    rows = as_jsonl(("a", "We counted 12 robins in 2024."))
    return make_work(stack, ARABIC, file=rows, file_name="texts.jsonl")


@pytest.fixture
def odd(stack):
    rows = as_jsonl(("a", ODD), ("b", " \n\t "))
    return make_work(stack, SPANS, file=rows, file_name="texts.jsonl")


def double_click(page, line, word):
    """A double click selects a word, as the browser sees it."""
    place = page.evaluate(
        """([line, word]) => {
          const part = [...document.querySelectorAll(".text-part")]
            .find((node) => node.textContent.includes(line));
          part.scrollIntoView({ block: "center" });
          const text = part.firstChild;
          const start = text.textContent.indexOf(word, text.textContent.indexOf(line));
          const range = document.createRange();
          range.setStart(text, start);
          range.setEnd(text, start + word.length);
          const { left, width, top, height } = range.getBoundingClientRect();
          return { x: left + width / 2, y: top + height / 2 };
        }""",
        [line, word],
    )
    page.mouse.dblclick(place["x"], place["y"])


def test_a_name_in_the_middle_of_a_book_is_stored_to_the_character(as_person, book):
    ana = as_person("ana")
    steps.open_label_page(ana, book.batch)
    double_click(ana, "Line 1234:", "Roberta")
    expect(ana.get_by_text("Marked so far: 1")).to_be_visible()
    for key in (".", ".", ".", "."):
        ana.keyboard.press(key)
    ana.keyboard.press("Control+Enter")
    steps.expect_done(ana, 1)
    [answer] = book.answers()
    [span] = answer["names"]
    start = BOOK.index("Roberta", BOOK.index("Line 1234:"))
    assert span == span | {"start": start, "end": start + 11, "text": "Roberta met"}


SLOW_DOUBLE_CLICK = """async (word) => {
  const page = document.querySelector(".text-page");
  const press = (name) => page.dispatchEvent(new PointerEvent(name, { button: 0, bubbles: true }));
  const part = [...document.querySelectorAll(".text-part")]
    .find((node) => node.textContent.includes(word));
  const start = part.firstChild.textContent.indexOf(word);
  press("pointerup");
  press("pointerdown");
  getSelection().setBaseAndExtent(part.firstChild, start, part.firstChild, start + word.length);
  await new Promise((resolve) => setTimeout(resolve, 50));
  press("pointerup");
}"""


def test_the_second_press_of_a_double_click_may_come_before_the_first_is_settled(as_person, book):
    ana = as_person("ana")
    steps.open_label_page(ana, book.batch)
    ana.locator(".text-page").focus()
    ana.evaluate(SLOW_DOUBLE_CLICK, "Roberta")
    expect(ana.get_by_text("Marked so far: 1")).to_be_visible()
    for key in (".", ".", ".", "."):
        ana.keyboard.press(key)
    ana.keyboard.press("Control+Enter")
    steps.expect_done(ana, 1)
    [answer] = book.answers()
    assert [span["text"] for span in answer["names"]] == ["Roberta met"]


def test_part_of_a_word_marks_the_whole_word_until_told_otherwise(as_person, book):
    ana = as_person("ana")
    steps.open_label_page(ana, book.batch)
    page = ana.locator(".text-page")
    page.focus()
    for _step in range(len("Line 0: ") + len("👩‍👩‍👧 ") - 4):
        ana.keyboard.press("ArrowRight")
    page.press("Shift+ArrowRight")
    page.press("Enter")
    expect(ana.locator(".session-status")).to_have_text("Person: Roberta")
    page.press("t")
    expect(ana.locator(".session-status")).to_have_text("Marking exactly what is selected.")


def test_a_translation_is_written_beside_its_source_and_warned_but_not_kept_back(
    as_person, sentence
):
    ana = as_person("ana")
    steps.open_label_page(ana, sentence.batch)
    field = ana.locator("textarea:visible")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("dir", "rtl")
    expect(field).to_have_attribute("lang", "ar")
    source = ana.locator(".session-stage").bounding_box()
    written = ana.locator(".session-panel").bounding_box()
    assert abs(source["width"] - written["width"]) < 2
    warnings = ana.locator(".text-warnings")
    ana.keyboard.type("عددنا ١٣")
    expect(warnings).to_contain_text("Short for this source")
    expect(warnings).to_contain_text("Numbers of the source that are missing: 12, 2024")
    expect(warnings).to_contain_text("Numbers that the source has not: ١٣")
    ana.keyboard.press("Backspace")
    ana.keyboard.type("٢ طائرا في ٢٠٢٤")
    expect(warnings).to_be_empty()
    ana.keyboard.type(" ٧")
    expect(warnings).to_have_text("Numbers that the source has not: ٧")
    ana.keyboard.press("Control+Enter")
    steps.expect_done(ana, 1)
    assert sentence.answers() == [{"arabic": "عددنا ١٢ طائرا في ٢٠٢٤ ٧"}]


def test_what_nobody_sees_is_marked_and_counted_as_it_is_stored(as_person, odd):
    ana = as_person("ana")
    steps.open_label_page(ana, odd.batch)
    marks = ana.locator("[data-invisible]")
    expect(marks).to_have_count(3)
    names = marks.evaluate_all("(nodes) => nodes.map((node) => node.dataset.invisible)")
    assert names == ["RLM", "RLM", "NBSP"]
    double_click(ana, "three", "three")
    expect(ana.locator(".text-part.is-selected")).to_contain_text("three")
    ana.keyboard.press("Enter")
    steps.expect_done(ana, 1)
    [answer] = odd.answers()
    [span] = answer["names"]
    assert ODD[span["start"] : span["end"]] == span["text"]
    assert span["text"] == "three"
    expect(ana.get_by_text("There is no text here.")).to_be_visible()


def test_the_end_of_a_span_is_dragged_to_another_word(as_person, book):
    ana = as_person("ana")
    steps.open_label_page(ana, book.batch)
    double_click(ana, LINES[3], "Roberta")
    status = ana.locator(".text-part.is-selected")
    expect(status).to_have_text("Roberta")
    grip = ana.locator(".span-grip").nth(1).bounding_box()
    assert min(grip["width"], grip["height"]) >= 24
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    ana.mouse.move(x, y)
    ana.mouse.down()
    ana.mouse.move(x + 30, y, steps=4)
    expect(status).to_have_text("Roberta met")
    ana.keyboard.press("Escape")
    expect(status).to_have_text("Roberta")
    ana.mouse.up()
    ana.mouse.move(x, y)
    ana.mouse.down()
    ana.mouse.move(x + 30, y, steps=4)
    ana.mouse.up()
    expect(status).to_have_text("Roberta met")
    ana.keyboard.press("Control+z")
    expect(status).to_have_text("Roberta")
