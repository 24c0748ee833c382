"""Stored forecasts: what they are read from, when they are computed, what a change does."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from django.utils import timezone

from labelops.accounts.models import Role
from reviews.jobs import forecast_batch
from reviews.models import BatchDay, BatchForecast, PersonRollup, WorkDay
from reviews.quality.forecast import WhatIf
from reviews.services import forecasts, rollups
from reviews.services.forecast_facts import read_facts
from tasks.models import Assignment, Batch, BatchTally, Question, Stage, Task
from tasks.services import batches
from tasks.services.instructions import current_version
from tests.factories import (
    make_batch,
    make_labeled_task,
    make_member,
    make_published_project,
    make_task,
    make_team,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def batch(team):
    return make_batch(make_published_project(team), team, overlap=2, review_percent=20)


def count(batch, **counts):
    """What the running counts of a batch say."""
    BatchTally.objects.update_or_create(batch=batch, person=None, defaults=counts)


def work(batch, person, *, days=10, labels=100, reviews=20):
    """Two people's worth of labels and reviews on the weekdays before today, and their results."""
    worked = [TODAY - timedelta(number) for number in range(1, 60)]
    worked = [day for day in worked if day.weekday() < 5][:days]
    made = [(Stage.ANNOTATE, labels), (Stage.REVIEW, reviews), (Stage.ADJUDICATE, 1)]
    for day in worked:
        BatchDay.objects.create(batch=batch, day=day, accepted=labels // 2)
        for stage, done in made:
            WorkDay.objects.create(
                batch=batch, day=day, person=person, level=0, stage=stage, done=done
            )


def test_the_facts_come_from_the_sums_and_the_counts(batch, team, django_assert_num_queries):
    person = make_member(team)
    work(batch, person)
    make_task(batch)
    half = make_task(batch)
    Task.objects.filter(pk=half.pk).update(state=Task.State.LABELING, labels_missing=1)
    count(
        batch, pending_count=300, labeling_count=100, rework_count=10, in_review_count=30,
        in_adjudication_count=2, on_hold_count=4, accepted_count=500,
    )  # fmt: skip
    PersonRollup.objects.create(
        batch=batch, person=person, week=TODAY, accepted=60, fixed=20, rejected=20
    )
    asked(half, person)
    batch = Batch.objects.get(pk=batch.pk)
    with django_assert_num_queries(7):
        facts = read_facts(batch, TODAY)
    assert len(facts.history) == 10
    assert (facts.history[0].labels, facts.history[0].reviews) == (100, 21)
    assert facts.history[0].accepted == 50
    stock, flow = facts.stock, facts.flow
    assert (stock.open, stock.in_review, stock.on_hold, stock.accepted) == (410, 32, 4, 500)
    assert stock.labels_missing == 310 * 2 + 100
    assert (flow.reviewed, flow.rejected, flow.asked) == (210, 42, 1)
    assert (flow.completed, flow.sent, flow.overlap) == (574, 242, 2.0)
    assert flow.answer_days == pytest.approx(2 * 5 / 7)


def asked(task, person):
    """A question that was answered after two days."""
    Question.objects.create(
        project=task.batch.project,
        item=task.item,
        task=task,
        assignment=task.assignments.first(),
        instruction_version=current_version(task.batch.project),
        asker=person,
        text="Is it one?",
        state=Question.State.ANSWERED,
        asked_at=NOW - timedelta(3),
        answered_at=NOW - timedelta(1),
    )


def test_a_forecast_is_stored_and_computed_anew_only_when_something_changed(batch, team):
    work(batch, make_member(team))
    count(batch, pending_count=500, accepted_count=500)
    Batch.objects.filter(pk=batch.pk).update(due_at=NOW + timedelta(30))
    make_batch(batch.project, team, state=Batch.State.PAUSED)
    assert forecasts.refresh_outdated(now=NOW) == 1
    [stored] = BatchForecast.objects.all()
    ends = [stored.earliest, stored.early, stored.likely, stored.late, stored.latest]
    assert ends == sorted(ends)
    assert stored.early <= TODAY + timedelta(14) <= stored.late
    assert stored.bottleneck == "labeling"
    assert stored.on_time > 0.9
    assert stored.fan[0][0] == TODAY.isoformat()
    assert stored.inputs["labels_a_day"] == 100
    assert forecasts.refresh_outdated(now=NOW + timedelta(minutes=15)) == 0
    count(batch, pending_count=499, accepted_count=501)
    assert forecasts.refresh_outdated(now=NOW + timedelta(minutes=30)) == 1
    assert forecasts.refresh_outdated(now=NOW + timedelta(days=1)) == 1
    before = stored.fan
    assert forecasts.refresh(batch, now=NOW).fan != before
    count(batch, pending_count=500, accepted_count=500)
    assert forecasts.refresh(Batch.objects.get(pk=batch.pk), now=NOW).fan == before


def test_a_sweep_is_bounded_and_takes_the_longest_unseen_first(batch, team):
    other = make_batch(batch.project, team)
    assert forecasts.refresh_outdated(now=NOW, most=1) == 1
    assert forecasts.refresh_outdated(now=NOW, most=1) == 1
    assert {stored.batch for stored in BatchForecast.objects.all()} == {batch, other}
    assert BatchForecast.objects.get(batch=other).days_lacking == 3


def test_a_change_of_terms_is_foretold_at_once(batch, team, django_capture_on_commit_callbacks):
    boss = make_member(team, Role.MANAGER)
    with patch("reviews.receivers.wake") as wake, django_capture_on_commit_callbacks(execute=True):
        batches.update_batch(batch, by=boss, review_percent=100)
    wake.assert_called_once_with(forecast_batch, batch.pk)
    Batch.objects.filter(pk=batch.pk).update(state=Batch.State.PAUSED)
    with patch("reviews.receivers.wake") as wake, django_capture_on_commit_callbacks(execute=True):
        batches.update_batch(batch, by=boss, review_percent=50)
    wake.assert_not_called()
    forecast_batch(batch.pk)
    assert BatchForecast.objects.get().basis["terms"] == [2, None, 50]


def test_other_people_and_another_overlap_move_the_end_and_store_nothing(batch, team):
    work(batch, make_member(team))
    count(batch, pending_count=1_000, accepted_count=500)
    plain = forecasts.what_if(batch, WhatIf(), now=NOW)
    assert forecasts.what_if(batch, WhatIf(people=2), now=NOW).finish[2] < plain.finish[2]
    assert forecasts.what_if(batch, WhatIf(overlap=4), now=NOW).finish[2] > plain.finish[2]
    same = forecasts.what_if(batch, WhatIf(overlap=2), now=NOW)
    assert same.finish == plain.finish
    assert not BatchForecast.objects.exists()


def test_a_new_batch_leans_on_the_others_of_its_project(batch, team):
    work(make_batch(batch.project, team), make_member(team))
    count(batch, pending_count=100)
    stored = forecasts.refresh(batch, now=NOW)
    assert stored.inputs["is_borrowed"]
    assert stored.likely
    elsewhere = make_batch(make_published_project(team), team)
    count(elsewhere, pending_count=100)
    assert forecasts.refresh(elsewhere, now=NOW).days_lacking == 3


def test_real_labels_reach_the_forecast(batch, team):
    people = [make_member(team) for _number in range(2)]
    for _number in range(3):
        make_labeled_task(batch, "robin", "robin", authors=people)
    assert Assignment.objects.filter(batch=batch).exists()
    rollups.count_changes()
    facts = read_facts(Batch.objects.get(pk=batch.pk), timezone.now().astimezone(UTC).date())
    assert sum(day.labels for day in facts.history) == 6
