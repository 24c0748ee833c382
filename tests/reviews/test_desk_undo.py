"""A reviewer takes a decision back: all that followed is undone, and nothing else."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.errors import Conflict
from reviews.models import Consensus, Feedback, Measurement, Review
from reviews.services import consensus, desk, queue, undo
from reviews.services.feedback import mark_read
from tasks.models import Annotation, Assignment, BatchTally, LabelClass, Stage, Task
from tasks.models.progress import Progress
from tasks.services import handout
from tests.factories import (
    make_batch,
    make_labeled_task,
    make_member,
    make_published_project,
    make_team,
)
from tests.reviews.test_desk_services import decide

pytestmark = pytest.mark.django_db
Standing = Consensus.Standing


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def people(team):
    return [make_member(team), make_member(team)]


@pytest.fixture
def batch(team):
    return make_batch(make_published_project(team), team, overlap=2, review_percent=0)


@pytest.fixture
def expert(team):
    return make_member(team, Role.EXPERT)


def labeled(batch, people, *labels):
    task = make_labeled_task(batch, *labels, authors=people)
    consensus.assess(task.pk)
    return Task.objects.get(pk=task.pk)


def world(task):
    """All that a decision changes."""
    fields = ("state", "round", "result_answer", "result_source", "result_confidence")
    fields += ("result_version", "settled_at", "labels_missing", "labels_complete_at")
    found = Task.objects.filter(pk=task.pk).values(*fields)[0]
    progress = Progress.over(BatchTally.objects.filter(batch=task.batch))
    return {
        "task": found,
        "progress": progress,
        "annotations": list(Annotation.objects.order_by("pk").values_list("pk", "state")),
        "standing": Consensus.objects.filter(task=task).values_list("standing", "was_wrong")[0],
        "measured": Measurement.objects.count(),
        "feedback": Feedback.objects.count(),
        "classes": set(LabelClass.objects.filter(task=task).values_list("control", "value")),
        "to_do": list(
            Assignment.objects.filter(task=task, state="open").values_list("stage", "round")
        ),
    }


DECISIONS = {
    "accept": {},
    "fix": {"answer": {"species": "robin"}},
    "reject": {"reason": "wrong_class"},
    "escalate": {},
}


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("labels", [("wren", "robin"), ("wren", "wren")])
def test_taking_back_restores_everything_and_leases_the_task_again(
    batch, people, expert, decision, labels
):
    task = labeled(batch, people, *labels)
    held = queue.next_review(expert)
    before = world(task)
    review = decide(held, expert, decision, **DECISIONS[decision])
    assert world(task) != before
    again = undo.take_back(held.public_id, by=expert)
    assert world(task) == before
    assert (again.task_id, again.annotator, again.state) == (task.pk, expert, "leased")
    assert again.pick.undone == review
    assert queue.next_review(expert) == again
    review.refresh_from_db()
    assert review.withdrawn_at is not None
    assert not Review.objects.standing().exists()


def test_taking_back_twice_gives_the_same_lease_and_undoes_once(batch, people, expert):
    labeled(batch, people, "wren", "robin")
    held = queue.next_review(expert)
    decide(held, expert, "accept")
    first = undo.take_back(held.public_id, by=expert)
    assert undo.take_back(held.public_id, by=expert) == first
    decide(first, expert, "accept")
    with pytest.raises(Conflict) as refused:
        undo.take_back(held.public_id, by=expert)
    assert refused.value.code == "nothing_to_undo"
    assert Review.objects.standing().count() == 1


def test_a_late_repetition_does_not_bring_a_withdrawn_decision_back(batch, people, expert):
    labeled(batch, people, "wren", "robin")
    held, key = queue.next_review(expert), uuid.uuid4()
    decide(held, expert, "accept", request_id=key)
    undo.take_back(held.public_id, by=expert)
    with pytest.raises(Conflict) as refused:
        decide(held, expert, "accept", request_id=key)
    assert refused.value.code == "withdrawn"
    assert not Review.objects.standing().exists()


def test_ten_minutes_later_it_is_too_late(batch, people, expert):
    labeled(batch, people, "wren", "robin")
    held = queue.next_review(expert)
    decide(held, expert, "accept")
    late = timezone.now() + undo.WINDOW + timedelta(seconds=1)
    with pytest.raises(Conflict) as refused:
        undo.take_back(held.public_id, by=expert, now=late)
    assert refused.value.code == "undo_too_late"
    assert undo.last_decision(expert) is not None
    assert undo.last_decision(expert, now=late) is None


def test_a_rejection_stands_once_somebody_has_begun_the_rework(batch, people, expert):
    labeled(batch, people, "wren", "robin")
    held = queue.next_review(expert)
    decide(held, expert, "reject")
    [begun] = handout.next_assignments(people[0]).assignments
    assert begun.stage == Stage.ANNOTATE
    with pytest.raises(Conflict):
        undo.take_back(held.public_id, by=expert)


def test_an_escalation_stands_once_an_expert_has_it(batch, team, people, expert):
    labeled(batch, people, "wren", "robin")
    reviewer = make_member(team, Role.REVIEWER)
    held = queue.next_review(reviewer)
    decide(held, reviewer, "escalate")
    assert queue.next_review(expert).stage == Stage.ADJUDICATE
    with pytest.raises(Conflict):
        undo.take_back(held.public_id, by=reviewer)


def test_an_expert_takes_an_escalation_back_though_its_adjudication_is_on_their_own_desk(
    batch, people, expert
):
    task = labeled(batch, people, "wren", "robin")
    held = queue.next_review(expert)
    before = world(task)
    decide(held, expert, "escalate")
    ahead = queue.next_review(expert)
    assert (ahead.task_id, ahead.stage) == (task.pk, Stage.ADJUDICATE)
    again = undo.take_back(held.public_id, by=expert)
    assert world(task) == before
    ahead.refresh_from_db()
    assert ahead.state == Assignment.State.RELEASED
    decide(again, expert, "escalate")
    assert queue.next_review(expert).stage == Stage.ADJUDICATE


def test_an_escalation_stands_once_its_own_author_has_adjudicated(batch, people, expert):
    labeled(batch, people, "wren", "robin")
    held = queue.next_review(expert)
    decide(held, expert, "escalate")
    decide(queue.next_review(expert), expert, "accept", answer={"species": "wren"}, cause="slip")
    with pytest.raises(Conflict) as refused:
        undo.take_back(held.public_id, by=expert)
    assert refused.value.code == "undo_too_late"


def test_nobody_takes_back_what_somebody_else_decided(batch, team, people, expert):
    labeled(batch, people, "wren", "robin")
    held = queue.next_review(expert)
    decide(held, expert, "accept")
    with pytest.raises(Assignment.DoesNotExist):
        undo.take_back(held.public_id, by=make_member(team, Role.EXPERT))


def test_what_an_author_has_read_stays_as_a_note(batch, people, expert):
    labeled(batch, people, "wren", "robin")
    held = queue.next_review(expert)
    review = decide(held, expert, "fix", answer={"species": "robin"})
    read = Feedback.objects.get(author=people[0])
    mark_read(read, by=people[0])
    undo.take_back(held.public_id, by=expert)
    assert list(Feedback.objects.all()) == [read]
    review.refresh_from_db()
    assert review.withdrawn_at is not None


def test_a_withdrawn_rejection_does_not_bring_the_expert_nearer(batch, people, expert):
    task = labeled(batch, people, "wren", "robin")
    held = queue.next_review(expert)
    for _time in range(desk.REJECTIONS_UNTIL_EXPERT + 1):
        decide(held, expert, "reject")
        held = undo.take_back(held.public_id, by=expert)
    decide(held, expert, "reject")
    assert Task.objects.get(pk=task.pk).state == Task.State.REWORK


def test_an_adjudication_is_taken_back_to_the_experts_desk(batch, people, expert):
    task = labeled(batch, people, "wren", "robin")
    decide(queue.next_review(expert), expert, "escalate")
    held = queue.next_review(expert)
    decide(held, expert, "accept", answer={"species": "wren"}, cause="slip")
    again = undo.take_back(held.public_id, by=expert)
    assert again.stage == Stage.ADJUDICATE
    assert Task.objects.get(pk=task.pk).state == Task.State.IN_ADJUDICATION


def test_the_sample_ends_before_a_decision_that_is_taken_back(batch, people, expert):
    tasks = [labeled(batch, people, "wren", "wren") for _number in range(4)]
    for place, task in enumerate(tasks):
        Consensus.objects.filter(task=task).update(draw=place / 10, risk=4 - place)
    decide(queue.next_review(expert), expert, "accept")
    second = queue.next_review(expert)
    decide(second, expert, "accept")
    decide(queue.next_review(expert), expert, "accept")
    assert standings(tasks) == ["sampled", "sampled", "sampled", "undecided"]
    assert Measurement.objects.count() == 6
    again = undo.take_back(second.public_id, by=expert)
    assert standings(tasks) == ["sampled", "undecided", "decided", "undecided"]
    assert set(Measurement.objects.values_list("annotation__task", flat=True)) == {tasks[0].pk}
    decide(again, expert, "accept")
    assert standings(tasks) == ["sampled", "sampled", "sampled", "undecided"]
    assert Measurement.objects.count() == 6


def test_a_later_decision_taken_back_leaves_the_sample_as_it_was(
    batch, team, people, expert, settings
):
    settings.SECOND_REVIEW_PERCENT = 100
    second, third = make_member(team, Role.EXPERT), make_member(team, Role.EXPERT)
    task = labeled(batch, people, "wren", "wren")
    behind = labeled(batch, people, "wren", "wren")
    for place, found in enumerate((task, behind)):
        Consensus.objects.filter(task=found).update(draw=place / 10, risk=4 - place)
    decide(queue.next_review(expert), expert, "accept")
    decide(queue.next_review(expert), expert, "accept")
    decide(queue.next_review(second), second, "fix", answer={"species": "robin"})
    held = queue.next_review(third)
    assert held.stage == Stage.ADJUDICATE
    decide(held, third, "fix", answer={"species": "robin"})
    assert standings([task, behind]) == ["sampled", "sampled"]
    assert Measurement.objects.filter(is_right=False).count() == 2
    undo.take_back(held.public_id, by=third)
    assert standings([task, behind]) == ["sampled", "sampled"]
    assert Measurement.objects.count() == 4


def standings(tasks):
    rows = Consensus.objects.filter(task__in=tasks).order_by("draw")
    return list(rows.values_list("standing", flat=True))
