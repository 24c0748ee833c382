"""Help beside the work: asking an expert, rulings while typing, decision trees, class pages."""

import base64
import json

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.work import MOOD, as_jsonl, make_work

pytestmark = pytest.mark.once

NOTE = {"name": "note", "type": "text", "title": "Say why"}
GOOD, BAD = ({"control": "mood", "value": value} for value in ("good", "bad"))
TREE = {
    "id": "aaaa0001",
    "kind": "tree",
    "title": "Which mood?",
    "body": "",
    "control": "mood",
    "nodes": [
        {
            "id": "1",
            "question": "Does it praise?",
            "yes": {"value": "good"},
            "no": {"node": "2"},
        },
        {
            "id": "2",
            "question": "Does it complain?",
            "yes": {"value": "bad"},
            "no": {"value": "good"},
        },
    ],
}
PAGE = {
    "id": "aaaa0002",
    "kind": "class",
    "title": "Bad",
    "body": "It **complains** about something.",
    "classes": [BAD],
    "examples": [],
}
RULES = """
import base64, json
from labelops.accounts.models import User
from tasks.models import Project
from tasks.services import instructions, publishing, rulings
blocks = json.loads(base64.b64decode("{blocks}"))
project = Project.objects.get(slug="{slug}")
mei, elena = User.objects.get(username="mei"), User.objects.get(username="elena")
item = project.items.order_by("pk").first()
blocks[1]["examples"] = [{{
    "id": "eeee0001", "item": str(item.public_id), "verdict": "do", "note": "It grumbles.",
    "region": {{"start": 0, "end": 4}},
}}]
draft = instructions.edit_draft(project, blocks=blocks, by=mei)
changed = instructions.changes_of(draft, instructions.former_version(draft))
publishing.request_approval(draft, changes={{one.id: "editorial" for one in changed}}, by=mei)
publishing.publish(draft, by=elena)
ruling = rulings.create_ruling(
    project, verdict="Irony is bad.", text="An ironic text means the reverse of its words.",
    classes=[{{"control": "mood", "value": "bad"}}], by=elena,
)
rulings.publish_ruling(ruling, by=elena)
"""
QUESTIONS = """
import json
from tasks.models import Question
rows = Question.objects.filter(project__slug="{slug}").order_by("pk")
print(json.dumps(list(rows.values("state", "text", "region", "classes", "ruling__number"))))
"""
ANSWER = """
from labelops.accounts.models import User
from tasks.models import Question
from tasks.services import questions
question = Question.objects.get(project__slug="{slug}")
questions.answer(
    question, text="Look at the last word.", by=User.objects.get(username="elena"),
    ruling=question.project.rulings.get(),
)
"""
WALKED_TO_BAD = {"tree": TREE["id"], "steps": [["1", "no"], ["2", "yes"]]}


def with_rules(stack, controls, count=3):
    texts = as_jsonl(*((f"t{number}", f"Text number {number}.") for number in range(count)))
    work = make_work(stack, controls, file=texts, file_name="texts.jsonl")
    packed = base64.b64encode(json.dumps([TREE, PAGE]).encode()).decode()
    stack.shell(RULES.format(blocks=packed, slug=work.slug))
    return work


@pytest.fixture
def moods(stack):
    return with_rules(stack, MOOD)


@pytest.fixture
def reasons(stack):
    return with_rules(stack, [MOOD, NOTE])


def questions_of(work):
    printed = work.stack.shell(QUESTIONS.format(slug=work.slug))
    return json.loads(printed.strip().splitlines()[-1])


def shown(page):
    """What is there, drawn or not yet: a text is laid out only when it comes into sight."""
    return page.locator(".text-page").text_content()


def panel(page):
    return page.get_by_role("region", name="Ask a question")


def begin_question(page, text):
    page.keyboard.press("q")
    expect(panel(page)).to_be_visible()
    page.keyboard.type(text)


def test_a_walk_with_y_and_n_answers_and_is_kept(as_person, moods):
    ana = as_person("ana")
    steps.open_label_page(ana, moods.batch)
    ana.keyboard.press("t")
    walk = ana.get_by_role("region", name="Decide by questions")
    expect(walk.get_by_role("status")).to_have_text("Does it praise?")
    ana.keyboard.press("n")
    expect(walk.get_by_role("status")).to_have_text("Does it complain?")
    ana.keyboard.press("Backspace")
    expect(walk.get_by_role("status")).to_have_text("Does it praise?")
    ana.keyboard.press("n")
    walk.get_by_role("button", name="Yes").click()
    steps.expect_done(ana, 1)
    expect(walk).to_be_hidden()
    # Without a walk, y and n mean nothing.
    ana.keyboard.press("y")
    ana.keyboard.press("1")
    steps.expect_done(ana, 2)
    assert moods.answers() == [{"mood": "bad", "_path": WALKED_TO_BAD}, {"mood": "good"}]


def test_a_walk_is_dropped_when_another_class_is_chosen(as_person, reasons):
    ana = as_person("ana")
    steps.open_label_page(ana, reasons.batch)
    for key in "tny":
        ana.keyboard.press(key)
    expect(ana.locator('[data-option="bad"]')).to_have_attribute("aria-pressed", "true")
    ana.keyboard.press("1")
    ana.keyboard.press("Enter")
    steps.expect_done(ana, 1)
    for key in "tny":
        ana.keyboard.press(key)
    ana.keyboard.press("1")
    ana.keyboard.press("Control+z")
    ana.keyboard.press("Enter")
    steps.expect_done(ana, 2)
    assert reasons.answers() == [{"mood": "good"}, {"mood": "bad", "_path": WALKED_TO_BAD}]


def test_a_question_goes_to_an_expert_and_the_item_comes_back(as_person, moods):
    ana = as_person("ana")
    steps.open_label_page(ana, moods.batch)
    asked = shown(ana)
    ana.locator(".text-page").get_by_text("Text").dblclick(position={"x": 12, "y": 12})
    begin_question(ana, "Is it meant?")
    expect(panel(ana)).to_contain_text("The question points at what you selected.")
    panel(ana).get_by_role("button", name="Good").click()
    panel(ana).get_by_role("button", name="Bad").click()
    panel(ana).get_by_role("textbox").press("Control+Enter")
    expect(ana.locator(".session-status")).to_have_text(
        "Asked. An expert answers; you get the item back."
    )
    expect(ana.locator(".text-page")).not_to_have_text(asked)
    expect(panel(ana)).to_be_hidden()
    [question] = questions_of(moods)
    assert question == {
        "state": "asked",
        "text": "Is it meant?",
        "region": {"start": 0, "end": 4},
        "classes": [GOOD, BAD],
        "ruling__number": None,
    }
    moods.stack.shell(ANSWER.format(slug=moods.slug))
    ana.reload()
    steps.wait_for_task(ana)
    while shown(ana) != asked:
        before = shown(ana)
        ana.keyboard.press("1")
        expect(ana.locator(".text-page")).not_to_have_text(before)
    answered = ana.get_by_role("region", name="Your question was answered")
    for sentence in (
        "You asked: Is it meant?",
        "Ruling 1: Irony is bad.",
        "Look at the last word.",
    ):
        expect(answered).to_contain_text(sentence)
    answered.get_by_role("button", name="Close").click()
    expect(answered).to_be_hidden()


def test_a_ruling_that_answers_the_question_keeps_the_item(as_person, moods):
    ana = as_person("ana")
    steps.open_label_page(ana, moods.batch)
    before = shown(ana)
    begin_question(ana, "What about irony?")
    similar = panel(ana).get_by_role("article")
    expect(similar).to_contain_text("Ruling 1: Irony is bad.")
    similar.get_by_role("button", name="This answers my question").click()
    expect(panel(ana)).to_be_hidden()
    expect(ana.locator(".session-status")).to_contain_text("Go on with this item.")
    assert shown(ana) == before
    ana.keyboard.press("2")
    steps.expect_done(ana, 1)
    [question] = questions_of(moods)
    assert (question["state"], question["ruling__number"]) == ("duplicate", 1)
    assert moods.answers() == [{"mood": "bad"}]


def test_a_question_that_cannot_be_sent_is_kept(as_person, moods, watch):
    watch.allow("ERR_INTERNET_DISCONNECTED")
    ana = as_person("ana")
    steps.open_label_page(ana, moods.batch)
    begin_question(ana, "Is it meant?")
    ana.context.set_offline(True)
    ana.keyboard.press("Control+Enter")
    expect(panel(ana).get_by_role("alert")).to_contain_text("Without a connection")
    ana.keyboard.press("Escape")
    expect(panel(ana)).to_be_hidden()
    ana.context.set_offline(False)
    ana.keyboard.press("q")
    expect(panel(ana).get_by_role("textbox")).to_have_value("Is it meant?")
    ana.keyboard.press("Control+Enter")
    expect(ana.locator(".session-status")).to_contain_text("Asked.")
    assert [question["text"] for question in questions_of(moods)] == ["Is it meant?"]


def test_the_draft_waits_with_the_question(as_person, reasons):
    ana = as_person("ana")
    steps.open_label_page(ana, reasons.batch)
    asked = shown(ana)
    ana.get_by_role("textbox", name="Say why").fill("Half a sent")
    ana.keyboard.press("Escape")
    begin_question(ana, "Is it meant?")
    ana.keyboard.press("Control+Enter")
    expect(ana.locator(".text-page")).not_to_have_text(asked)
    reasons.stack.shell(ANSWER.format(slug=reasons.slug))
    ana.reload()
    steps.wait_for_task(ana)
    while shown(ana) != asked:
        before = shown(ana)
        ana.keyboard.press("1")
        ana.keyboard.press("Enter")
        expect(ana.locator(".text-page")).not_to_have_text(before)
    expect(ana.get_by_role("textbox", name="Say why")).to_have_value("Half a sent")


def test_the_guide_says_what_a_class_means(as_person, reasons):
    ana = as_person("ana")
    steps.open_label_page(ana, reasons.batch)
    guide = ana.get_by_role("complementary", name="What this class means")
    ana.keyboard.press("2")
    ana.keyboard.press("Shift+I")
    expect(guide.locator("strong").first).to_have_text("complains")
    expect(guide.get_by_role("listitem")).to_contain_text("It grumbles.")
    expect(guide.locator("mark")).to_have_text("Text")
    expect(guide.get_by_role("article")).to_contain_text("Ruling 1: Irony is bad.")
    ana.keyboard.press("Escape")
    expect(guide).to_be_hidden()
    ana.locator(".text-page").hover()
    ana.locator('[data-option="bad"]').hover()
    expect(guide).to_be_visible()
    ana.locator(".text-page").hover()
    expect(guide).to_be_hidden()


def test_a_class_that_has_the_letter_keeps_it(as_person, stack):
    keys = {"good": "q", "bad": "t"}
    options = [{**option, "key": keys[option["value"]]} for option in MOOD["options"]]
    work = with_rules(stack, {**MOOD, "options": options})
    ana = as_person("ana")
    steps.open_label_page(ana, work.batch)
    ana.keyboard.press("q")
    steps.expect_done(ana, 1)
    ana.keyboard.press("Shift+Q")
    expect(panel(ana)).to_be_visible()
    ana.keyboard.press("Escape")
    ana.keyboard.press("?")
    keys = ana.get_by_role("region", name="Keys")
    expect(keys).to_contain_text("ShiftQAsk a question")
    expect(keys).to_contain_text("ShiftTDecide by questions")
    ana.keyboard.press("?")
    ana.get_by_role("button", name="Decide by questions").click()
    expect(ana.get_by_text("Does it praise?")).to_be_visible()
    ana.keyboard.press("Escape")
    ana.keyboard.press("t")
    steps.expect_done(ana, 2)
    assert [given["mood"] for given in work.answers()] == ["good", "bad"]
