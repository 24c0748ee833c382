"""Questions beside the item: taxonomies, ratings, and answers that stay for the next item."""

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.work import as_jsonl, make_work

pytestmark = pytest.mark.once


def taxonomy(families, birds):
    """A required choice between so many families with so many birds each."""
    return {
        "name": "bird",
        "type": "choice",
        "title": "Which bird?",
        "required": True,
        "options": [
            {
                "value": f"family-{family}",
                "title": f"Family {family}",
                "children": [
                    {"value": f"bird-{family}-{number}", "title": f"Bird {family}.{number}"}
                    for number in range(birds)
                ],
            }
            for family in range(families)
        ],
    }


SEVERITY = {
    "name": "severity",
    "type": "rating",
    "title": "How bad?",
    "low_title": "harmless",
    "high_title": "unusable",
}
NOTE = {"name": "note", "type": "text", "title": "A note"}
ROWS = as_jsonl(*((f"t{number}", f"Text {number}.") for number in range(4)))


@pytest.fixture
def birds(stack):
    return make_work(stack, taxonomy(4, 12), file=ROWS, file_name="texts.jsonl")


@pytest.fixture
def thousand(stack):
    return make_work(stack, taxonomy(20, 45), file=ROWS, file_name="texts.jsonl")


@pytest.fixture
def several(stack):
    controls = [taxonomy(2, 12), SEVERITY, NOTE]
    return make_work(stack, controls, file=ROWS, file_name="texts.jsonl")


def test_a_taxonomy_is_walked_folded_and_answered_with_the_keyboard(as_person, birds):
    ana = as_person("ana")
    steps.open_label_page(ana, birds.batch)
    tree = ana.get_by_role("tree", name="Which bird?")
    expect(tree.get_by_role("treeitem")).to_have_count(4)
    tree.get_by_role("treeitem", name="Family 0").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowDown"):
        ana.keyboard.press(key)
    expect(tree.get_by_role("treeitem", name="Bird 1.1", exact=True)).to_be_focused()
    ana.keyboard.press("ArrowLeft")
    ana.keyboard.press("ArrowLeft")
    family = tree.get_by_role("treeitem", name="Family 1")
    expect(family).to_be_focused()
    expect(family).to_have_attribute("aria-expanded", "false")
    for key in ("ArrowRight", "End", "ArrowUp", "Home", "ArrowDown", "ArrowRight", "Enter"):
        ana.keyboard.press(key)
    steps.expect_done(ana, 1)
    ana.keyboard.press("/")
    ana.keyboard.type("BIRD 3.1")
    expect(ana.locator(".option mark").first).to_have_text("Bird")
    ana.keyboard.press("Enter")
    steps.expect_done(ana, 2)
    assert [given["bird"] for given in birds.answers()] == ["bird-1-0", "bird-3-1"]


def test_answers_that_are_kept_begin_the_next_item(as_person, several):
    ana = as_person("ana")
    steps.open_label_page(ana, several.batch)
    ana.get_by_role("treeitem", name="Bird 1.3", exact=True).click()
    expect(ana.get_by_text("Family 1 › Bird 1.3")).to_be_visible()
    scale = ana.get_by_role("radiogroup", name="How bad?")
    scale.get_by_role("radio", name="2", exact=True).focus()
    for _step in range(3):
        ana.keyboard.press("ArrowRight")
    expect(ana.get_by_role("radio", name="5: unusable")).to_be_checked()
    ana.get_by_label("A note").last.fill("Blurred.")
    keep = ana.get_by_role("button", name="Keep this answer")
    expect(keep).to_have_count(3)
    keep.nth(0).click()
    keep.nth(2).click()
    ana.keyboard.press("Control+Enter")
    steps.expect_done(ana, 1)
    chosen = ana.get_by_role("treeitem", name="Bird 1.3", exact=True)
    expect(chosen).to_have_attribute("aria-selected", "true")
    expect(ana.get_by_role("radio", name="5: unusable")).not_to_be_checked()
    expect(keep.nth(2)).to_have_attribute("aria-pressed", "true")
    keep.nth(2).click()
    ana.keyboard.press("Control+Enter")
    steps.expect_done(ana, 2)
    expect(ana.locator("textarea[aria-label='A note']")).to_have_value("")
    kept = {"bird": "bird-1-3", "note": "Blurred."}
    assert several.answers() == [kept | {"severity": 5}, kept]


def test_one_of_a_thousand_options_is_found_by_typing(as_person, thousand):
    ana = as_person("ana")
    steps.open_label_page(ana, thousand.batch)
    expect(ana.locator("[data-option]:visible")).to_have_count(20)
    ana.keyboard.press("/")
    ana.keyboard.type("bird")
    expect(ana.get_by_text("800 more: type to find them.")).to_be_visible()
    ana.keyboard.type(" 17.42")
    found = ana.locator("[data-option]:visible")
    expect(found).to_have_count(1)
    expect(found).to_contain_text("Family 17 › Bird 17.42")
    ana.keyboard.press("Enter")
    steps.expect_done(ana, 1)
    assert thousand.answers() == [{"bird": "bird-17-42"}]
