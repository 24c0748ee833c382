"""Instruction versions: one draft, one published, the past untouched."""

import copy

import pytest

from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError, NotAllowed
from tasks.models import InstructionVersion, ReservedItem
from tasks.services import instructions, publishing
from tests.factories import (
    CHOICE_SCHEMA,
    ROBIN,
    make_batch,
    make_block,
    make_example,
    make_instruction,
    make_item,
    make_project,
    make_task,
)

pytestmark = pytest.mark.django_db

State = InstructionVersion.State


@pytest.fixture
def project(team):
    return make_project(team)


def bodies(version):
    return [block["body"] for block in version.blocks]


def rewritten(project, *, by, body="Better", **over):
    """A draft whose one block, of the published version, has other words."""
    [block] = instructions.newest_version(project).blocks
    return instructions.edit_draft(project, by=by, blocks=[{**block, "body": body, **over}])


def handed_in(draft, change, *, by):
    changes = {found.id: change for found in instructions.changes_of(
        draft, instructions.current_version(draft.project))}  # fmt: skip
    return publishing.request_approval(draft, changes=changes, by=by)


def test_editing_changes_the_one_draft(project, xiu):
    first = make_instruction(project, state=State.DRAFT)
    again = instructions.edit_draft(project, by=xiu, blocks=[make_block("New")])
    assert (again.pk, bodies(again)) == (first.pk, ["New"])
    assert Event.objects.about(again).get().after == {"number": 1, "changed": ["blocks"]}


def test_editing_after_publishing_begins_the_next_version(project, xiu):
    published = make_instruction(project, number=4, body="Old")
    draft = instructions.edit_draft(project, by=xiu, label_schema=copy.deepcopy(CHOICE_SCHEMA))
    assert (draft.number, draft.state, bodies(draft)) == (5, State.DRAFT, ["Old"])
    assert instructions.current_version(project) == published
    assert instructions.newest_version(project) == draft


def test_a_second_expert_publishes_and_supersedes_the_version_before(project, xiu, elena):
    old = make_instruction(project)
    draft = handed_in(rewritten(project, by=xiu), "editorial", by=xiu)
    assert draft.state == State.IN_APPROVAL
    with pytest.raises(NotAllowed):
        publishing.publish(draft, by=xiu)
    published = publishing.publish(draft, by=elena)
    old.refresh_from_db()
    assert (old.state, published.state) == (State.SUPERSEDED, State.PUBLISHED)
    assert (published.author, published.approver) == (xiu, elena)
    assert published.published_at
    verbs = [event.verb for event in Event.objects.about(published)]
    assert verbs[:2] == ["instruction.published", "instruction.approval_asked"]
    assert Event.objects.about(old).get().verb == "instruction.superseded"


def test_the_only_expert_may_publish_alone(project, xiu):
    make_instruction(project)
    draft = handed_in(rewritten(project, by=xiu), "editorial", by=xiu)
    assert publishing.publish(draft, by=xiu).state == State.PUBLISHED


def test_a_draft_is_not_published_before_it_is_handed_in(project, xiu, elena):
    make_instruction(project)
    with pytest.raises(Conflict) as caught:
        publishing.publish(rewritten(project, by=xiu), by=elena)
    assert caught.value.code == "not_in_approval"


def test_every_change_is_named_before_approval(project, xiu):
    make_instruction(project)
    draft = rewritten(project, by=xiu)
    with pytest.raises(DomainError) as caught:
        publishing.request_approval(draft, changes={}, by=xiu)
    assert caught.value.code == "change_needed"


def test_an_edit_takes_a_version_out_of_approval(project, xiu, elena):
    make_instruction(project)
    handed_in(rewritten(project, by=xiu), "editorial", by=xiu)
    draft = rewritten(project, by=elena, body="Other")
    assert draft.state == State.DRAFT
    with pytest.raises(Conflict):
        publishing.publish(draft, by=elena)


def test_a_version_is_sent_back_with_a_reason(project, xiu, elena):
    make_instruction(project)
    draft = handed_in(rewritten(project, by=xiu), "editorial", by=xiu)
    with pytest.raises(DomainError):
        publishing.send_back(draft, reason=" ", by=elena)
    assert publishing.send_back(draft, reason="Too short", by=elena).state == State.DRAFT
    assert Event.objects.about(draft).first().reason == "Too short"


def test_a_withdrawn_version_puts_the_former_in_force(project, xiu, elena):
    first = make_instruction(project)
    draft = handed_in(rewritten(project, by=xiu), "clarifying", by=xiu)
    second = publishing.publish(draft, by=elena)
    assert publishing.withdraw(second, reason="A mistake", by=elena) == first
    assert instructions.current_version(project) == first
    with pytest.raises(Conflict):
        publishing.withdraw(first, reason="Nothing before it", by=elena)
    assert rewritten(project, by=xiu).number == 3


def test_a_breaking_change_needs_three_examples(project, xiu):
    items = [make_item(project) for _ in range(3)]
    page = make_block(kind="class", classes=[ROBIN], examples=[])
    make_instruction(project, blocks=[page])
    shown = [make_example(item, "dont") for item in items]
    with pytest.raises(DomainError) as caught:
        handed_in(rewritten(project, by=xiu, examples=shown[:2]), "breaking", by=xiu)
    assert caught.value.code == "too_few_examples"
    draft = handed_in(rewritten(project, by=xiu, examples=shown), "breaking", by=xiu)
    assert publishing.publish(draft, by=xiu).breaking_number == 2


def test_new_rules_and_questions_are_changes_too(project, xiu):
    make_instruction(project)
    schema = copy.deepcopy(CHOICE_SCHEMA)
    schema["controls"][0]["options"].append({"value": "owl", "title": "Owl", "key": "3"})
    note = {"name": "note", "type": "text", "title": "Note", "required": False, "max_length": 9}
    schema["controls"].append(note)
    rule = {"id": "r1", "type": "length", "control": "note", "severity": "warn", "min": 3}
    draft = instructions.edit_draft(project, by=xiu, label_schema=schema | {"rules": [rule]})
    changes = {
        change.id: change.classes
        for change in instructions.changes_of(draft, instructions.current_version(project))
    }
    assert changes == {
        "schema:species": (("species", "owl"),),
        "schema:note": (),
        "schema-rules": (),
    }
    published = publishing.publish(handed_in(draft, "breaking", by=xiu), by=xiu)
    assert published.breaking_number == 2


def test_published_examples_are_taken_out_of_the_work(project, xiu):
    item = make_item(project)
    task = make_task(make_batch(project), item)
    page = make_block(kind="class", classes=[ROBIN], examples=[make_example(item)])
    publishing.publish(make_instruction(project, blocks=[page], state=State.DRAFT), by=xiu)
    task.refresh_from_db()
    assert task.state == "excluded"
    assert set(task.assignments.values_list("state", flat=True)) == {"revoked"}
    assert ReservedItem.objects.get().purpose == "example"


@pytest.mark.parametrize(
    ("change", "breaking", "notice"),
    [("editorial", 0, 0), ("clarifying", 0, 2), ("breaking", 2, 0)],
)
def test_the_kind_of_change_says_what_people_must_know(
    project, xiu, monkeypatch, change, breaking, notice
):
    monkeypatch.setattr(publishing, "QUIZ_LEAST", 0)
    make_instruction(project)
    draft = handed_in(rewritten(project, by=xiu), change, by=xiu)
    published = publishing.publish(draft, by=xiu)
    assert (published.breaking_number, published.notice_number) == (breaking, notice)
    assert bool(published.notice_from) == (change == "clarifying")


def test_a_published_version_is_not_published_again(project, xiu):
    with pytest.raises(Conflict) as caught:
        publishing.publish(make_instruction(project), by=xiu)
    assert caught.value.code == "not_a_draft"


def test_a_published_version_cannot_be_changed(project):
    version = InstructionVersion.objects.get(pk=make_instruction(project).pk)
    version.blocks = [make_block("Something else")]
    with pytest.raises(Conflict):
        version.save()


def test_empty_instructions_are_not_published(project, xiu):
    draft = make_instruction(project, state=State.DRAFT, body=" \n ")
    with pytest.raises(DomainError) as caught:
        publishing.publish(draft, by=xiu)
    assert caught.value.code == "empty_body"


def test_a_schema_without_questions_is_not_published(project, xiu):
    draft = make_instruction(project, state=State.DRAFT, label_schema={"controls": []})
    with pytest.raises(DomainError) as caught:
        publishing.publish(draft, by=xiu)
    assert caught.value.field == "label_schema.controls"
    draft.refresh_from_db()
    assert draft.state == State.DRAFT


def test_a_tree_that_leads_nowhere_is_not_published(project, xiu):
    ends = {"yes": {"value": "robin"}, "no": {"value": "eagle"}}
    tree = make_block(kind="tree", control="species", nodes=[{"id": "1", "question": "?", **ends}])
    del tree["classes"]
    draft = make_instruction(project, state=State.DRAFT, blocks=[make_block(), tree])
    with pytest.raises(DomainError) as caught:
        publishing.publish(draft, by=xiu)
    assert caught.value.code == "tree_not_ready"
    assert "eagle" in str(caught.value)


def test_an_edit_over_somebody_elses_is_refused(project, xiu):
    seen = make_instruction(project, state=State.DRAFT).updated_at
    instructions.edit_draft(project, by=xiu, blocks=[make_block("Theirs")], seen_at=seen)
    with pytest.raises(Conflict) as caught:
        instructions.edit_draft(project, by=xiu, blocks=[make_block("Mine")], seen_at=seen)
    assert caught.value.code == "draft_changed"
    assert bodies(instructions.draft_version(project)) == ["Theirs"]


def test_only_what_was_read_is_published(project, xiu):
    draft = make_instruction(project, state=State.DRAFT)
    instructions.edit_draft(project, by=xiu, blocks=[make_block("Changed since")])
    with pytest.raises(Conflict) as caught:
        publishing.publish(draft, by=xiu, seen_at=draft.updated_at)
    assert caught.value.code == "draft_changed"


@pytest.mark.parametrize(
    ("blocks", "field"),
    [
        ([make_block("x" * 100_001)], "instructions.blocks[0].body"),
        ([make_block("a\x00b")], "instructions.blocks[0].body"),
        ([make_block(kind="poem")], "instructions.blocks[0].kind"),
        ([make_block(id="a"), make_block(id="a")], "instructions.blocks[1].id"),
        ("text", "instructions.blocks"),
        ([make_block(kind="class", examples=[])], "instructions.blocks[0].classes"),
    ],
)
def test_blocks_that_cannot_be_kept_are_refused_at_their_place(project, xiu, blocks, field):
    with pytest.raises(DomainError) as caught:
        instructions.edit_draft(project, by=xiu, blocks=blocks)
    assert caught.value.field == field
    assert instructions.draft_version(project) is None
