"""Leases and submits, as a person and as two people at once would meet them."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.accounts.services import people
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError
from tasks.models import Annotation, Assignment, Draft, Task
from tasks.services import assignments, handout, leases
from tasks.services.annotations import Clocks
from tests.factories import (
    make_batch,
    make_member,
    make_published_project,
    make_task,
)
from tests.tasks.labeling import answer, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(team):
    project = make_published_project(team)
    return make_batch(project, team, overlap=2)


def test_next_leases_the_oldest_task_and_pins_the_version(batch, ana):
    first, _second = make_task(batch), make_task(batch)
    [given] = take(ana)
    assert given.task_id == first.pk
    assert given.state == Assignment.State.LEASED
    assert given.instruction_version.number == 1
    assert Task.objects.get(pk=first.pk).state == Task.State.PENDING


def test_a_reloaded_page_gets_the_same_lease_again(batch, ana):
    make_task(batch), make_task(batch)
    assert take(ana) == take(ana)


def test_one_person_never_gets_both_slots_of_a_task(batch, ana):
    make_task(batch)
    assert len(take(ana, count=5)) == 1


def test_overlap_is_never_exceeded(batch, team):
    make_task(batch)
    people = [make_member(team) for _number in range(4)]
    assert [len(take(person)) for person in people] == [1, 1, 0, 0]


def test_the_reason_is_told_when_nothing_is_handed_out(batch, ana):
    given = handout.next_assignments(ana)
    assert given.assignments == []
    assert "everything" in given.reason


def test_an_expired_lease_goes_to_the_next_person_and_the_draft_stays(batch, ana, bo):
    batch.overlap = 1
    batch.save()
    make_task(batch)
    [lost] = take(ana)
    assignments.save_draft(lost, {"species": "wren"}, by=ana)
    later = timezone.now() + timedelta(hours=1)
    [given] = take(bo, now=later)
    assert given.task_id == lost.task_id
    lost.refresh_from_db()
    assert lost.state == Assignment.State.EXPIRED
    assert Draft.objects.get(annotator=ana).answer == {"species": "wren"}


def test_submit_stores_the_answer_with_one_event(batch, ana):
    make_task(batch)
    [given] = take(ana)
    done = answer(given, ana, clocks=Clocks(1500))
    assert done.annotation.answer == {"species": "robin"}
    assert done.annotation.active_ms == 1500
    assert Event.objects.about(done.annotation).count() == 1


def test_no_clock_runs_backwards_or_for_more_than_a_day(batch, ana):
    make_task(batch)
    [given] = take(ana)
    stored = answer(given, ana, clocks=Clocks(-5, 10**12, None)).annotation
    assert (stored.active_ms, stored.reading_ms, stored.idle_ms) == (0, 24 * 60 * 60 * 1000, None)


def test_the_same_request_again_changes_nothing(batch, ana):
    make_task(batch)
    [given] = take(ana)
    key = uuid.uuid4()
    first = answer(given, ana, request_id=key)
    again = answer(given, ana, request_id=key)
    assert again.is_replay
    assert again.annotation == first.annotation
    assert Annotation.objects.count() == 1


def test_a_request_key_with_another_answer_is_refused(batch, ana):
    make_task(batch)
    [given] = take(ana)
    key = uuid.uuid4()
    answer(given, ana, request_id=key)
    with pytest.raises(Conflict) as refused:
        answer(given, ana, "wren", request_id=key)
    assert refused.value.code == "request_id_reused"


def test_a_wrong_answer_names_its_field_and_stores_nothing(batch, ana):
    make_task(batch)
    [given] = take(ana)
    with pytest.raises(DomainError) as refused:
        answer(given, ana, "eagle")
    assert refused.value.field.startswith("answer.species")
    assert not Annotation.objects.exists()


def test_a_late_answer_is_taken_while_the_slot_is_free(batch, ana):
    make_task(batch)
    [given] = take(ana)
    leases.expire_leases(now=timezone.now() + timedelta(hours=1))
    assert not answer(given, ana).is_replay
    assert Assignment.objects.filter(state=Assignment.State.SUBMITTED).count() == 1


def test_a_late_answer_goes_to_the_slot_that_the_same_person_holds_now(batch, ana):
    batch.overlap = 1
    batch.save()
    make_task(batch)
    [given] = take(ana)
    assignments.release(given, by=ana)
    [again] = take(ana)
    assert again.public_id != given.public_id
    key = uuid.uuid4()
    assert not answer(given, ana, request_id=key).is_replay
    again.refresh_from_db()
    assert again.state == Assignment.State.SUBMITTED
    assert answer(given, ana, request_id=key).is_replay
    assert Annotation.objects.count() == 1


def test_a_late_answer_after_somebody_else_took_over_is_kept_as_a_draft(batch, ana, bo):
    batch.overlap = 1
    batch.save()
    make_task(batch)
    [given] = take(ana)
    take(bo, now=timezone.now() + timedelta(hours=1))
    with pytest.raises(Conflict) as refused:
        answer(given, ana)
    assert refused.value.code == "lease_lost"
    assert Draft.objects.get(annotator=ana).answer == {"species": "robin"}


def test_the_last_label_tells_the_reviews(batch, ana, bo):
    task = make_task(batch)
    for person in (ana, bo):
        [given] = take(person)
        answer(given, person)
    task.refresh_from_db()
    assert task.labels_complete_at is not None


def test_skipping_needs_a_known_reason(batch, ana):
    make_task(batch)
    [given] = take(ana)
    with pytest.raises(DomainError) as refused:
        assignments.skip(given, reason="boring", by=ana)
    assert refused.value.field == "reason"


def test_a_skipped_task_goes_to_somebody_else_only(batch, ana, bo):
    task = make_task(batch)
    [given] = take(ana)
    assignments.skip(given, reason="too_hard", by=ana)
    assert take(ana) == []
    assert [assignment.task_id for assignment in take(bo)] == [task.pk]


def test_three_skips_bring_an_expert(batch, team):
    task = make_task(batch)
    for person in [make_member(team) for _number in range(4)][:3]:
        [given] = take(person)
        assignments.skip(given, reason="bad_data", by=person)
    task.refresh_from_db()
    assert task.state == Task.State.IN_ADJUDICATION


def test_a_released_task_comes_back_with_its_draft(batch, ana):
    make_task(batch)
    [given] = take(ana)
    assignments.save_draft(given, {"species": "wren"}, by=ana)
    assignments.release(given, by=ana)
    [again] = take(ana)
    assert again.task_id == given.task_id
    assert again != given


def test_heartbeat_moves_the_lease_on(batch, ana):
    make_task(batch)
    [given] = take(ana)
    later = timezone.now() + timedelta(minutes=20)
    assert assignments.heartbeat(given, by=ana, now=later) > given.leased_until


def test_a_paused_batch_hands_nothing_out_but_takes_answers(batch, ana):
    make_task(batch), make_task(batch)
    [given] = take(ana)
    batch.state = batch.State.PAUSED
    batch.save()
    assert not answer(given, ana).is_replay
    assert take(ana) == []


def test_a_late_answer_takes_another_free_slot_of_the_task(batch, ana, bo):
    make_task(batch)
    [given] = take(ana)
    leases.expire_leases(now=timezone.now() + timedelta(hours=2))
    reopened = Assignment.objects.get(slot=given.slot, state=Assignment.State.OPEN)
    [taken] = take(bo)
    assert taken.pk == reopened.pk
    assert answer(given, ana).annotation.assignment.slot != given.slot


def test_a_late_answer_is_not_purged_and_an_old_draft_is(batch, ana, bo):
    batch.overlap = 1
    batch.save()
    make_task(batch)
    [given] = take(ana)
    take(bo, now=timezone.now() + timedelta(hours=2))
    with pytest.raises(Conflict):
        answer(given, ana)
    other = make_task(batch)
    [begun] = take(ana)
    assert begun.task_id == other.pk
    assignments.save_draft(begun, {}, by=ana)
    later = timezone.now() + timedelta(days=8)
    assert leases.purge_drafts(now=later) == 0
    assignments.release(begun, by=ana)
    assert leases.purge_drafts(now=later) == 1
    assert Draft.objects.get().is_late


def test_a_lease_that_ends_after_its_task_is_decided_opens_no_slot(batch, ana, bo):
    task = make_task(batch)
    [left] = take(ana)
    Task.objects.update(state=Task.State.ACCEPTED)
    leases.expire_leases(now=timezone.now() + timedelta(hours=2))
    left.refresh_from_db()
    assert left.state == Assignment.State.EXPIRED
    assert task.assignments.filter(state=Assignment.State.OPEN).count() == 1


def test_a_suspension_takes_the_work_back(batch, team, ana):
    make_task(batch)
    [given] = take(ana)
    people.suspend(ana, by=make_member(team, Role.MANAGER), reason="left the team")
    given.refresh_from_db()
    assert given.state == Assignment.State.REVOKED
    assert take(make_member(team))
