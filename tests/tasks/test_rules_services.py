"""Rules in force: at submit, in reviews, and tried on labels that exist."""

import itertools
import uuid

import pytest

from labelops.accounts.models import Role
from labelops.errors import Conflict, DomainError
from reviews.models import RejectReason
from reviews.services import consensus, desk, queue
from tasks.models import Annotation, InstructionVersion
from tasks.services import annotations, instructions, rules
from tests.factories import (
    CHOICE_SCHEMA,
    make_annotation,
    make_batch,
    make_instruction,
    make_item,
    make_member,
    make_project,
    make_task,
)
from tests.tasks.labeling import take

pytestmark = pytest.mark.django_db

NOTE = {"name": "note", "type": "text", "title": "Note", "required": False, "max_length": 100}
LONG_NOTE = {"type": "length", "control": "note", "min": 5}
SCHEMA = {"controls": [*CHOICE_SCHEMA["controls"], NOTE]}
WREN_NOTE = {
    "type": "required_when",
    "control": "note",
    "when": {"control": "species", "value": "wren"},
}


@pytest.fixture
def project(team):
    return make_project(team)


def publish(project, *wanted, number=1):
    numbered = [{"id": f"r{n}", **rule} for n, rule in enumerate(wanted, start=1)]
    project.instruction_versions.update(state=InstructionVersion.State.SUPERSEDED)
    schema = {**SCHEMA, "rules": [{"severity": "block", **rule} for rule in numbered]}
    return make_instruction(project, number=number, label_schema=schema)


def submit(task, author, **answer):
    return make_annotation(task, author, {"species": "robin", **answer})


def test_an_answer_that_breaks_a_blocking_rule_is_refused_at_its_field(team, project, ana, bo):
    publish(project, LONG_NOTE)
    task = make_task(make_batch(project, team))
    with pytest.raises(DomainError) as caught:
        submit(task, ana, note="abc")
    assert caught.value.code == "rule_broken"
    assert caught.value.field == "answer.note"
    assert caught.value.as_dict()["rule"] == "r1"
    assert "at least 5" in caught.value.message
    assert not Annotation.objects.exists()
    assert submit(task, bo, note="long enough").pk


def test_a_warning_does_not_keep_anybody_from_sending(team, project, ana):
    publish(project, {**LONG_NOTE, "severity": "warn"})
    assert submit(make_task(make_batch(project, team)), ana, note="abc").pk


def test_work_that_was_leased_before_the_rule_obeys_the_version_it_was_shown(team, project, ana):
    publish(project)
    make_task(make_batch(project, team, overlap=1))
    [assignment] = take(ana)
    publish(project, LONG_NOTE, number=2)
    done = send(assignment, ana, {"species": "robin", "note": "abc"})
    assert done.annotation.answer["note"] == "abc"


def send(assignment, by, answer):
    return annotations.submit(assignment.public_id, answer=answer, request_id=uuid.uuid4(), by=by)


@pytest.fixture
def under_review(team, project, ana, bo):
    """Two people disagree, both by answers that break a rule made later."""
    publish(project)
    task = make_task(make_batch(project, team, review_percent=100))
    submit(task, ana, note="abc")
    submit(task, bo, species="wren", note="x")
    schema = {**SCHEMA, "rules": [{"id": "r1", "severity": "block", **LONG_NOTE}]}
    InstructionVersion.objects.update(label_schema=schema)
    instructions.published_content.cache_clear()
    consensus.assess(task.pk)
    expert = make_member(team, Role.EXPERT)
    return queue.next_review(expert), expert


def decide(review, by, answer, decision):
    sent = {"reason": RejectReason.WRONG_CLASS} if decision == "fix" else {}
    return desk.decide(
        review, decision=decision, by=by, answer=answer, request_id=uuid.uuid4(), **sent
    )


def test_a_fix_obeys_the_rules(under_review):
    review, expert = under_review
    with pytest.raises(DomainError) as caught:
        decide(review, expert, {"species": "wren", "note": "four"}, "fix")
    assert caught.value.field == "answer.note"
    assert decide(review, expert, {"species": "wren", "note": "longer"}, "fix").pk


def test_an_answer_older_than_a_rule_can_still_be_accepted(under_review):
    review, expert = under_review
    assert decide(review, expert, {"species": "robin", "note": "abc"}, "accept").pk


def test_rules_are_added_changed_moved_and_removed_in_the_draft(project):
    mei = project.created_by
    publish(project)
    rules.add_rule(project, LONG_NOTE, by=mei)
    rules.add_rule(project, WREN_NOTE, by=mei)
    rules.move_rule(project, "r2", is_up=True, by=mei)
    rules.change_rule(project, "r1", {**LONG_NOTE, "min": 9}, by=mei)
    draft = instructions.draft_version(project)
    assert [(rule["id"], rule.get("min")) for rule in rules.rules_of(draft)] == [
        ("r2", None),
        ("r1", 9),
    ]
    assert rules.rules_of(instructions.current_version(project)) == []
    rules.move_rule(project, "r2", is_up=True, by=mei)
    rules.move_rule(project, "r1", is_up=False, by=mei)
    rules.remove_rule(project, "r2", by=mei)
    rules.add_rule(project, WREN_NOTE, by=mei)
    draft = instructions.draft_version(project)
    assert [rule["id"] for rule in rules.rules_of(draft)] == ["r1", "r2"]


def test_a_rule_that_does_not_fit_the_questions_is_refused(project):
    publish(project)
    with pytest.raises(DomainError) as caught:
        rules.add_rule(project, {**LONG_NOTE, "min": 101}, by=project.created_by)
    assert caught.value.field == "label_schema.rules[0].min"
    assert instructions.draft_version(project) is None


def test_a_rule_that_is_gone_is_not_moved(project):
    publish(project)
    with pytest.raises(Conflict):
        rules.move_rule(project, "r7", is_up=True, by=project.created_by)


def test_without_questions_there_is_nothing_to_rule(project):
    with pytest.raises(DomainError) as caught:
        rules.add_rule(project, LONG_NOTE, by=project.created_by)
    assert caught.value.code == "no_questions"


def test_somebody_elses_change_is_not_overwritten(project):
    seen = publish(project).updated_at
    rules.add_rule(project, LONG_NOTE, by=project.created_by, seen_at=seen)
    with pytest.raises(Conflict):
        rules.add_rule(project, WREN_NOTE, by=project.created_by, seen_at=seen)


@pytest.fixture
def labeled(team, project):
    """Six answers, three of them with a short note, and the rules only in the draft."""
    publish(project)
    batch = make_batch(project, team, overlap=1)
    for number in range(6):
        task = make_task(batch, make_item(project, external_id=f"text-{number}"))
        submit(task, make_member(team), note="abc" if number % 2 else "long enough")
    rules.add_rule(project, LONG_NOTE, by=project.created_by)
    rules.add_rule(project, WREN_NOTE, by=project.created_by)
    return instructions.draft_version(project)


def test_a_trial_counts_the_answers_that_break_each_rule(labeled, django_assert_num_queries):
    with django_assert_num_queries(1):
        trial = rules.try_rules(labeled)
    assert (trial.answer_count, trial.is_cut) == (6, False)
    short, wren = trial.rules
    assert (short.broken_count, wren.broken_count) == (3, 0)
    assert [item.external_id for item in short.items] == ["text-5", "text-3", "text-1"]


def test_a_trial_takes_the_newest_answers_only(labeled, monkeypatch):
    monkeypatch.setattr(rules, "TRIAL_ANSWERS", 2)
    monkeypatch.setattr(rules, "TRIAL_ITEMS", 0)
    trial = rules.try_rules(labeled)
    assert trial.answer_count == 2
    assert (trial.rules[0].broken_count, trial.rules[0].items) == (1, [])


def test_a_trial_ends_in_time_and_says_so(labeled):
    ticks = itertools.count(0, rules.TRIAL_SECONDS / 3)
    trial = rules.try_rules(labeled, clock=lambda: next(ticks))
    assert (trial.answer_count, trial.is_cut) == (3, True)


def test_a_trial_looks_at_no_other_project(labeled, team):
    other = make_project(team)
    publish(other, LONG_NOTE)
    version = instructions.current_version(other)
    assert rules.try_rules(version).answer_count == 0
