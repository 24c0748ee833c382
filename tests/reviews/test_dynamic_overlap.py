"""Another label where the answer is in doubt, an expert at the maximum, never stuck."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from reviews.services import consensus
from tasks.models import Assignment, Task
from tasks.services import stranded
from tasks.services.recounts import recount
from tests.factories import (
    make_annotation,
    make_batch,
    make_member,
    make_published_project,
    make_task,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


def new_batch(team, **over):
    project = make_published_project(team)
    over = {"overlap": 2, "overlap_max": 3, "confidence_percent": 90} | over
    return make_batch(project, team, **over)


def label(task, person, value):
    make_annotation(task, person, {"species": value})
    consensus.assess(task.pk, rng=random.Random(1))
    task.refresh_from_db()
    return task


def test_two_who_agree_are_certain_enough(team):
    task = make_task(new_batch(team))
    for person in [make_member(team) for _number in range(3)][:2]:
        label(task, person, "robin")
    assert task.state == Task.State.ACCEPTED


def test_two_who_differ_call_a_third_and_then_an_expert(team):
    batch = new_batch(team)
    task = make_task(batch)
    people = [make_member(team) for _number in range(4)]
    label(task, people[0], "robin")
    assert task.labels_missing == 1
    label(task, people[1], "wren")
    assert (task.state, task.labels_missing) == (Task.State.LABELING, 1)
    third = Assignment.objects.get(task=task, state="open")
    assert (third.slot, third.precedence) == (3, 0)
    # Two of three at 80 % each are 80 % certain: below the target, and three are the most.
    label(task, people[2], "wren")
    assert task.state == Task.State.IN_ADJUDICATION
    assert recount(batch) == []


def test_without_anybody_else_an_expert_is_asked_at_once(team):
    task = make_task(new_batch(team))
    for person, value in zip(
        [make_member(team), make_member(team)], ["robin", "wren"], strict=True
    ):
        label(task, person, value)
    assert task.state == Task.State.IN_ADJUDICATION


def test_a_task_that_waits_for_nobody_goes_to_an_expert_after_a_day(team):
    batch = new_batch(team, overlap=3, overlap_max=None, confidence_percent=None)
    task = make_task(batch)
    for person in (make_member(team), make_member(team)):
        label(task, person, "robin")
    assert stranded.rescue() == 0
    assert stranded.rescue(now=timezone.now() + timedelta(hours=25)) == 1
    task.refresh_from_db()
    assert task.state == Task.State.IN_ADJUDICATION
    assert recount(batch) == []
