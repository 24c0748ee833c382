"""Whose turn it is: rework, own drafts, lanes, slack, and who may work at all."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labelops.accounts.models import Role
from tasks.models import Assignment, Batch, BatchTally, Qualification
from tasks.services import annotations, assignments, handout, leases, overlaps, pace
from tasks.services.recounts import recount
from tests.factories import (
    make_batch,
    make_member,
    make_task,
)
from tests.tasks.labeling import answer, take

pytestmark = pytest.mark.django_db


def ask(user, **over):
    return handout.next_assignments(user, **over)


def test_the_lane_comes_before_the_due_date_and_that_before_age(team, project, ana):
    now = timezone.now()
    old = make_batch(project, team, overlap=1)
    later = make_batch(project, team, overlap=1, priority=2, due_at=now + timedelta(days=2))
    sooner = make_batch(project, team, overlap=1, priority=2, due_at=now + timedelta(days=1))
    urgent = make_batch(project, team, overlap=1, priority=1)
    for batch in (old, later, sooner, urgent):
        make_task(batch)
    given = take(ana, count=4)
    assert [row.batch for row in given] == [urgent, sooner, later, old]


def test_of_two_dates_the_one_with_less_slack_comes_first(team, project, ana):
    due = timezone.now() + timedelta(days=2)
    small = make_batch(project, team, overlap=1, priority=2, due_at=due)
    large = make_batch(
        project, team, overlap=1, priority=2, due_at=due, work_left=timedelta(days=1)
    )
    make_task(small), make_task(large)
    assert [row.batch for row in take(ana, count=2)] == [large, small]


def test_what_was_begun_is_finished_before_anything_fresh(team, project, ana, bo):
    batch = make_batch(project, team, overlap=1)
    make_task(batch), make_task(batch)
    [begun] = take(bo)
    assignments.release(begun, by=bo)
    assert take(ana)[0].task_id == begun.task_id


def test_own_drafts_come_back_first_and_block_nobody(team, project, ana, bo):
    urgent = make_batch(project, team, overlap=1, priority=1)
    batch = make_batch(project, team, overlap=1)
    make_task(batch)
    [begun] = take(ana)
    assignments.save_draft(begun, {"species": "wren"}, by=ana)
    leases.expire_leases(now=timezone.now() + timedelta(hours=2))
    make_task(urgent)
    [again] = take(ana)
    assert (again.task_id, again.draft_answer) == (begun.task_id, {"species": "wren"})
    assignments.release(again, by=ana)
    assert {row.task_id for row in take(bo, count=2)} >= {begun.task_id}


def test_expired_work_of_others_is_found_at_the_hand_out(team, project, ana, bo):
    make_task(make_batch(project, team, overlap=1))
    [lost] = take(bo)
    Assignment.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    [given] = take(ana)
    assert given.task_id == lost.task_id
    tally = BatchTally.objects.get(batch=lost.batch, person=bo)
    assert tally.expired_count == 1


def test_slots_that_became_free_behind_a_person_are_still_found(team, project, ana, bo):
    batch = make_batch(project, team, overlap=1)
    first, second = make_task(batch), make_task(batch)
    Assignment.objects.filter(task=first).update(state=Assignment.State.REVOKED)
    [given] = take(ana)
    assert given.task_id == second.pk
    Assignment.objects.filter(task=first).update(state=Assignment.State.OPEN)
    answer(given, ana)
    assert take(ana)[0].task_id == first.pk


@pytest.mark.parametrize("level", [None, 1, 2])
def test_a_level_admits_only_who_has_it(team, project, ana, level):
    make_task(make_batch(project, team, min_level=2))
    if level is not None:
        Qualification.objects.create(
            project=project, person=ana, level=level, set_by=ana, set_at=timezone.now()
        )
    given = ask(ana)
    assert bool(given.assignments) == (level == 2)
    assert ("level" in given.reason) == (level != 2)


@pytest.mark.parametrize(
    ("languages", "is_admitted"), [([], False), (["de"], False), (["pt"], True), (["pt-BR"], True)]
)
def test_a_language_admits_only_who_reads_it(team, project, ana, languages, is_admitted):
    make_task(make_batch(project, team, language="pt"))
    ana.languages = languages
    ana.save()
    given = ask(ana)
    assert bool(given.assignments) == is_admitted
    assert ("language" in given.reason) != is_admitted


def test_nobody_labels_more_than_their_share(team, project, ana):
    batch = make_batch(project, team, overlap=1, person_limit=2)
    for _number in range(4):
        make_task(batch)
    given = take(ana, count=5)
    assert len(given) == 2
    for assignment in given:
        answer(assignment, ana)
    refused = ask(ana)
    assert refused.assignments == []
    assert "one person" in refused.reason


def test_a_person_holds_no_more_leases_than_the_cap(team, project, ana):
    batch = make_batch(project, team, overlap=1)
    for _number in range(handout.LEASES_PER_PERSON + 5):
        make_task(batch)
    assert len(take(ana, count=500)) == handout.LEASES_PER_PERSON
    assert len(take(ana, count=500)) == handout.LEASES_PER_PERSON


@pytest.mark.parametrize(("seconds", "minutes"), [(1, 10), (300, 25), (7_200, 90)])
def test_a_lease_lasts_five_medians_within_bounds(team, project, ana, seconds, minutes):
    batch = make_batch(project, team, overlap=1)
    make_task(batch), make_task(batch)
    [given] = take(ana)
    annotations.submit(
        given.public_id,
        answer={"species": "wren"},
        request_id=uuid.uuid4(),
        clocks=annotations.Clocks(seconds * 1000),
        by=ana,
    )
    pace.refresh_running()
    batch.refresh_from_db()
    assert batch.lease_minutes == minutes
    # Two tasks are unfinished: the one just labeled is not decided yet.
    assert batch.work_left == timedelta(seconds=2 * seconds)
    # In a batch that rests, the newest answers lie far back among those of all others.
    with CaptureQueriesContext(connection) as captured:
        pace.refresh_running()
    assert not any("tasks_annotation" in query["sql"] for query in captured)


def test_suspended_people_and_taken_back_batches_lose_their_leases(team, project, ana, bo):
    batch = make_batch(project, team, overlap=2)
    make_task(batch), make_task(batch)
    take(ana, count=2), take(bo, count=2)
    manager = make_member(team, Role.MANAGER)
    assert leases.revoke_person(ana, by=manager, reason="left") == 2
    assert leases.revoke_batch(batch, by=manager, reason="paused") == 2
    open_slots = Assignment.objects.filter(state=Assignment.State.OPEN)
    assert open_slots.count() == 4
    assert recount(batch) == []


def test_a_lower_overlap_withdraws_open_slots_then_the_youngest_lease(team, project, ana, bo):
    batch = make_batch(project, team, overlap=4)
    task = make_task(batch)
    [first] = take(ana)
    [second] = take(bo, now=timezone.now() + timedelta(seconds=1))
    Batch.objects.update(overlap=1)
    overlaps.adjust([task.pk], by=None)
    states = dict(Assignment.objects.values_list("slot", "state"))
    assert sorted(states.values()) == ["leased", "revoked", "revoked", "revoked"]
    first.refresh_from_db(), second.refresh_from_db()
    assert (first.state, second.state) == ("leased", "revoked")
    answer(first, ana)
    task.refresh_from_db()
    assert task.labels_complete_at
    assert recount(batch) == []


def test_lowering_below_the_answers_completes_a_task(team, project, ana, bo):
    batch = make_batch(project, team, overlap=3)
    task = make_task(batch)
    for person in (ana, bo):
        answer(take(person)[0], person)
    Batch.objects.update(overlap=2)
    overlaps.adjust([task.pk], by=None)
    task.refresh_from_db()
    assert task.labels_complete_at
    Batch.objects.update(overlap=3)
    overlaps.adjust([task.pk], by=None)
    task.refresh_from_db()
    assert (task.labels_complete_at, task.labels_missing) == (None, 1)
