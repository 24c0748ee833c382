"""Where a task goes once its labels are in."""

import random

import pytest

from reviews.models import Consensus, QualitySnapshot
from reviews.services import consensus
from tasks.models import Assignment, Stage, Task
from tests.factories import (
    make_batch,
    make_labeled_task,
    make_published_project,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch():
    team = make_team()
    project = make_published_project(team)
    return make_batch(project, team, overlap=2, review_percent=0)


def assessed(task):
    consensus.assess(task.pk)
    return Task.objects.get(pk=task.pk)


def test_people_who_agree_are_accepted_by_vote(batch):
    task = assessed(make_labeled_task(batch, "wren", "wren"))
    assert task.state == Task.State.ACCEPTED
    assert task.result_answer == {"species": "wren"}
    assert task.result_source == Task.Source.VOTE


def test_a_tie_is_said_and_goes_to_review(batch):
    task = assessed(make_labeled_task(batch, "wren", "robin"))
    assert task.state == Task.State.IN_REVIEW
    assert task.result_answer is None
    assert task.consensus.is_tie
    assert task.consensus.reasons[0]["code"] == "tie"
    assert Assignment.objects.filter(task=task, stage=Stage.REVIEW, state="open").count() == 1


def test_a_tie_prefers_the_class_commoner_in_the_project(batch):
    QualitySnapshot.objects.create(
        project=batch.project,
        figures={"class_counts": {"species": {"wren": 9, "robin": 1}}},
        computed_at="2026-01-01T00:00Z",
    )
    task = assessed(make_labeled_task(batch, "robin", "wren"))
    assert task.consensus.answer == {"species": "wren"}


def test_before_the_first_figures_a_tie_counts_the_classes_itself(batch):
    for _number in range(3):
        make_labeled_task(batch, "wren", "wren")
    task = assessed(make_labeled_task(batch, "robin", "wren"))
    assert task.consensus.answer == {"species": "wren"}


def test_a_minority_is_in_doubt_but_less_than_a_tie(batch):
    batch.overlap = 3
    batch.save()
    split = assessed(make_labeled_task(batch, "wren", "wren", "robin"))
    assert split.state == Task.State.IN_REVIEW
    assert split.consensus.answer == {"species": "wren"}


def test_the_review_rate_draws_undisputed_tasks(batch):
    batch.review_percent = 50
    batch.save()
    generator = random.Random(3)
    states = []
    for _number in range(20):
        task = make_labeled_task(batch, "wren", "wren")
        consensus.assess(task.pk, rng=generator)
        states.append(Task.objects.get(pk=task.pk).state)
    assert 4 <= states.count(Task.State.IN_REVIEW) <= 16
    assert Consensus.objects.filter(is_drawn=True).count() == states.count(Task.State.IN_REVIEW)


def test_one_label_is_reviewed_by_the_draw_alone(batch):
    batch.overlap = 1
    batch.save()
    assert assessed(make_labeled_task(batch, "wren")).state == Task.State.ACCEPTED


def test_assessing_again_changes_nothing(batch):
    task = assessed(make_labeled_task(batch, "wren", "wren"))
    assert consensus.assess(task.pk) is None
    assert Task.objects.get(pk=task.pk).result_revision == 1


def test_the_sweeper_finds_what_a_dead_broker_lost(batch):
    tasks = [make_labeled_task(batch, "wren", "wren") for _number in range(3)]
    assert consensus.assess_waiting() == 3
    assert {Task.objects.get(pk=task.pk).state for task in tasks} == {Task.State.ACCEPTED}
    assert consensus.assess_waiting() == 0
