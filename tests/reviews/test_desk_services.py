"""Decisions on the review desk and what they mean for everybody concerned."""

import uuid

import pytest

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError, NotAllowed
from reviews.models import Feedback, RejectReason, Review
from reviews.services import consensus, desk, queue
from tasks.models import Annotation, Assignment, Stage, Task
from tasks.services import handout
from tests.factories import (
    make_annotation,
    make_batch,
    make_labeled_task,
    make_member,
    make_published_project,
    make_task,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def batch(team):
    project = make_published_project(team)
    return make_batch(project, team, overlap=2, review_percent=0)


@pytest.fixture
def people(team):
    return [make_member(team), make_member(team)]


@pytest.fixture
def expert(team):
    return make_member(team, Role.EXPERT)


@pytest.fixture
def disputed(batch, people):
    task = make_labeled_task(batch, "wren", "robin", authors=people)
    consensus.assess(task.pk)
    return task


def decide(assignment, by, decision, **over):
    over.setdefault("request_id", uuid.uuid4())
    if decision in {"fix", "reject"}:
        over.setdefault("reason", RejectReason.WRONG_CLASS)
    return desk.decide(assignment, decision=decision, by=by, **over)


def test_the_most_doubtful_task_is_served_first(batch, people, expert, team):
    batch.overlap = 3
    batch.save()
    third = make_member(team)
    sure = make_labeled_task(batch, "wren", "wren", "robin", authors=[*people, third])
    torn = make_task(batch)
    for person, label in zip([*people, third], ["wren", "robin", "robin"], strict=True):
        make_annotation(torn, person, {"species": label})
    for task in (sure, torn):
        consensus.assess(task.pk)
    sure.consensus.refresh_from_db()
    torn.consensus.risk = sure.consensus.risk + 0.1
    torn.consensus.save()
    assert queue.next_review(expert).task_id == torn.pk


def test_nobody_reviews_their_own_work(batch, team):
    judge = make_member(team, Role.REVIEWER)
    task = make_labeled_task(batch, "wren", "robin", authors=[judge, make_member(team)])
    consensus.assess(task.pk)
    assert queue.next_review(judge) is None


def test_a_fix_settles_the_label_and_tells_each_author(disputed, people, expert):
    assignment = queue.next_review(expert)
    decide(assignment, expert, "fix", answer={"species": "robin"}, comment="Red breast.")
    disputed.refresh_from_db()
    assert disputed.state == Task.State.ACCEPTED
    assert disputed.result_answer == {"species": "robin"}
    assert disputed.result_source == Task.Source.REVIEW
    outcomes = dict(Feedback.objects.values_list("author", "outcome"))
    assert outcomes == {people[0].pk: "fixed", people[1].pk: "accepted"}
    states = dict(Annotation.objects.values_list("author", "state"))
    assert states == outcomes


def test_accept_without_an_answer_takes_the_consensus(disputed, expert):
    assignment = queue.next_review(expert)
    stored = disputed.consensus.answer
    decide(assignment, expert, "accept")
    assert Task.objects.get(pk=disputed.pk).result_answer == stored


def test_accept_may_choose_any_of_the_answers_but_no_new_one(disputed, expert, batch):
    assignment = queue.next_review(expert)
    decide(assignment, expert, "accept", answer={"species": "robin"})
    assert Task.objects.get(pk=disputed.pk).result_answer == {"species": "robin"}


def test_reject_needs_a_reason(disputed, expert):
    assignment = queue.next_review(expert)
    with pytest.raises(DomainError) as refused:
        decide(assignment, expert, "reject", reason="")
    assert refused.value.field == "reason"
    assert not Review.objects.exists()


def test_a_rejected_task_goes_back_to_its_authors_first(disputed, people, expert, team):
    assignment = queue.next_review(expert)
    decide(assignment, expert, "reject", comment="Look at the tail.")
    disputed.refresh_from_db()
    assert (disputed.state, disputed.round) == (Task.State.REWORK, 2)
    stranger = make_member(team)
    assert handout.next_assignments(stranger).assignments == []
    [given] = handout.next_assignments(people[0]).assignments
    assert given.task_id == disputed.pk
    assert given.rework_note["comment"] == "Look at the tail."


def test_rework_is_always_reviewed_and_ends_with_an_expert(batch, people, expert, disputed):
    for number in range(3):
        assignment = queue.next_review(expert)
        assert assignment.stage == Stage.REVIEW
        decide(assignment, expert, "reject")
        if number < 2:
            for person in people:
                make_annotation(Task.objects.get(pk=disputed.pk), person, {"species": "wren"})
            consensus.assess(disputed.pk)
    assert Task.objects.get(pk=disputed.pk).state == Task.State.IN_ADJUDICATION


def test_escalate_brings_it_before_experts_only(disputed, expert, team):
    reviewer = make_member(team, Role.REVIEWER)
    decide(queue.next_review(reviewer), reviewer, "escalate")
    assert queue.next_review(reviewer) is None
    assignment = queue.next_review(expert)
    assert assignment.stage == Stage.ADJUDICATE
    with pytest.raises(NotAllowed):
        decide(assignment, expert, "reject")
    decide(assignment, expert, "accept", answer={"species": "wren"})
    assert Task.objects.get(pk=disputed.pk).result_source == Task.Source.ADJUDICATION


def test_the_same_request_decides_once(disputed, expert):
    assignment = queue.next_review(expert)
    key = uuid.uuid4()
    first = decide(assignment, expert, "accept", request_id=key)
    again = decide(assignment, expert, "accept", request_id=key)
    assert first == again
    assert Review.objects.count() == 1
    with pytest.raises(Conflict):
        decide(assignment, expert, "escalate", request_id=key)


def test_a_lost_lease_decides_nothing(disputed, expert):
    assignment = queue.next_review(expert)
    Assignment.objects.filter(pk=assignment.pk).update(state=Assignment.State.EXPIRED)
    with pytest.raises(Conflict) as refused:
        decide(assignment, expert, "accept")
    assert refused.value.code == "lease_lost"


def test_a_wrong_fix_names_the_field(disputed, expert):
    assignment = queue.next_review(expert)
    with pytest.raises(DomainError) as refused:
        decide(assignment, expert, "fix", answer={"species": "eagle"})
    assert refused.value.field.startswith("answer.species")
    assert not Review.objects.exists()


def test_each_decision_leaves_its_events(disputed, expert):
    decide(queue.next_review(expert), expert, "accept")
    verbs = list(Event.objects.about(disputed).values_list("verb", flat=True))
    assert "review.accept" in verbs
    assert "task.settled" in verbs
