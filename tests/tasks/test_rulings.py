"""Rulings: two experts, the labels that contradict them, and their way into the instructions."""

import pytest

from labelops.errors import Conflict, DomainError, NotAllowed
from tasks.blocks.similarity import nearest
from tasks.models import LabelClass
from tasks.services import handout, instructions, publishing, questions, rulings
from tests.factories import (
    ROBIN,
    WREN,
    make_batch,
    make_block,
    make_instruction,
    make_item,
    make_member,
    make_project,
    make_task,
    settle,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(team):
    project = make_project(team)
    make_instruction(
        project,
        blocks=[
            make_block("Red breast.", id="robin", kind="class", classes=[ROBIN], examples=[]),
            make_block("Small.", id="wren", kind="class", classes=[WREN], examples=[]),
        ],
    )
    return project


def written(project, by, **over):
    over = {"verdict": "A puppet is a wren.", "from_class": ROBIN, "to_class": WREN} | over
    return rulings.create_ruling(project, by=by, **over)


def test_a_second_expert_publishes(project, elena, xiu):
    ruling = written(project, elena)
    with pytest.raises(NotAllowed):
        rulings.publish_ruling(ruling, by=elena)
    published = rulings.publish_ruling(ruling, by=xiu)
    assert (published.state, published.author, published.publisher) == ("published", elena, xiu)
    with pytest.raises(Conflict):
        rulings.publish_ruling(ruling, by=xiu)


def test_the_only_expert_publishes_alone(project, elena):
    assert rulings.publish_ruling(written(project, elena), by=elena).state == "published"


def test_numbers_go_on_per_project(project, elena):
    assert [written(project, elena).number for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"verdict": " "}, "verdict"),
        ({"verdict": "x" * 201}, "verdict"),
        ({"to_class": ROBIN}, "to_class"),
        ({"to_class": {"control": "species", "value": "owl"}}, "classes"),
    ],
)
def test_a_wrong_ruling_is_refused(project, elena, over, field):
    with pytest.raises(DomainError) as caught:
        written(project, elena, **over)
    assert caught.value.field == field
    assert not project.rulings.exists()


def test_items_of_other_projects_are_not_linked(project, elena):
    with pytest.raises(DomainError):
        written(project, elena, items=[make_item(make_project())])


def test_the_worklist_is_what_was_accepted_before_and_says_otherwise(project, team, elena, xiu):
    batch = make_batch(project, team)
    robin, wren, open_one = (make_task(batch) for _ in range(3))
    settle(robin, {"species": "robin"})
    settle(wren, {"species": "wren"})
    ruling = rulings.publish_ruling(written(project, elena), by=xiu)
    late = make_task(batch)
    settle(late, {"species": "robin"})
    assert list(rulings.contradicting(ruling).values_list("task", flat=True)) == [robin.pk]
    assert open_one.pk not in LabelClass.objects.values_list("task", flat=True)


def test_each_label_of_the_worklist_is_decided_once(project, team, elena, xiu):
    batch = make_batch(project, team)
    first, second = make_task(batch), make_task(batch)
    for task in (first, second):
        settle(task, {"species": "robin"})
    ruling = rulings.publish_ruling(written(project, elena), by=xiu)
    rulings.send_to_review(ruling, first, by=elena)
    rulings.still_right(ruling, second, by=elena)
    first.refresh_from_db()
    second.refresh_from_db()
    ruling.refresh_from_db()
    assert (first.state, second.state) == ("in_review", "accepted")
    assert ruling.decided_count == 2
    assert not rulings.contradicting(ruling).exists()
    with pytest.raises(Conflict):
        rulings.still_right(ruling, second, by=elena)


def test_merging_writes_the_page_and_makes_examples(project, team, elena, xiu):
    item = make_item(project)
    ruling = rulings.publish_ruling(written(project, elena, items=[item]), by=xiu)
    draft = rulings.merge_ruling(ruling, by=elena)
    pages = {block["id"]: block for block in draft.blocks}
    assert pages["wren"]["body"] == "Small.\n\n**Ruling 1.** A puppet is a wren."
    assert pages["robin"]["body"] == "Red breast.\n\n**Ruling 1.** A puppet is a wren."
    verdicts = {name: [entry["verdict"] for entry in pages[name]["examples"]] for name in pages}
    assert verdicts == {"wren": ["do"], "robin": ["dont"]}
    ruling.refresh_from_db()
    assert (ruling.state, ruling.merged_into) == ("published", draft)
    changes = {"wren": "clarifying", "robin": "editorial"}
    publishing.publish(publishing.request_approval(draft, changes=changes, by=elena), by=xiu)
    ruling.refresh_from_db()
    assert ruling.state == "merged"


def test_items_that_are_being_labeled_stay_work(project, team, elena):
    task = make_task(make_batch(project, team))
    ruling = rulings.publish_ruling(written(project, elena, items=[task.item]), by=elena)
    blocks = rulings.merge_ruling(ruling, by=elena).blocks
    assert [block["examples"] for block in blocks] == [[], []]


def test_a_class_without_a_page_gets_one(team, elena):
    project = make_project(team)
    make_instruction(project)
    ruling = rulings.publish_ruling(written(project, elena), by=elena)
    blocks = rulings.merge_ruling(ruling, by=elena).blocks
    assert [block["kind"] for block in blocks] == ["text", "class"]
    assert blocks[1]["classes"] == [WREN]


def test_a_question_is_answered_by_the_ruling_it_led_to(project, team, elena):
    ana = make_member(team)
    make_task(make_batch(project, team))
    [held] = handout.next_assignments(ana).assignments
    question = questions.ask(held, text="A puppet?", by=ana)
    ruling = written(project, elena, question=question)
    question.refresh_from_db()
    assert (question.state, question.ruling, question.answer) == (
        "answered", ruling, "A puppet is a wren.",
    )  # fmt: skip
    assert list(ruling.items.all()) == [question.item]
    assert ruling.question_count == 1


def test_a_newer_ruling_stands_in_for_an_older(project, elena, xiu):
    old, new = (rulings.publish_ruling(written(project, elena), by=xiu) for _ in range(2))
    assert rulings.supersede_ruling(old, new, by=xiu).superseded_by == new
    with pytest.raises(Conflict):
        rulings.merge_ruling(old, by=xiu)
    assert rulings.withdraw_ruling(new, reason="Wrong after all", by=xiu).state == "withdrawn"


def test_a_draft_is_edited_by_its_next_author(project, elena, xiu):
    ruling = written(project, elena)
    edited = rulings.edit_ruling(
        ruling, verdict="Better.", text="", from_class=None, to_class=WREN, classes=[], by=xiu
    )
    assert (edited.author, edited.verdict, edited.classes) == (xiu, "Better.", [WREN])
    assert rulings.publish_ruling(edited, by=elena).publisher == elena


def test_the_draft_of_instructions_is_not_touched_by_a_refused_merge(project, elena):
    ruling = written(project, elena)
    with pytest.raises(Conflict):
        rulings.merge_ruling(ruling, by=elena)
    assert instructions.draft_version(project) is None


def test_words_find_the_nearest_texts():
    texts = ["A shadow is no car.", "Reflections in a window are no cars.", "Wrens are small."]
    assert nearest("is this reflection a car?", texts, most=2) == [1, 0]
    assert nearest("", texts, most=3) == []
    assert nearest("zebra", texts, most=3) == []
    assert nearest("anything", [], most=3) == []
