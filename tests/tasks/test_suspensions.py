"""Suspensions: no work meanwhile, drafts kept, an end of their own, and one appeal."""

import random
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.errors import DomainError
from tasks import access, jobs
from tasks.models import Assignment, Batch, Draft, Suspension
from tasks.services import assignments, eligibility, gold_serving, grid, handout, suspensions
from tasks.services.qualifications import set_level, set_notch
from tests.factories import (
    make_batch,
    make_member,
    make_published_project,
    make_task,
    make_team,
)

pytestmark = pytest.mark.django_db
REASON = "Too many labels without a look at the picture."


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def batch(team):
    found = make_batch(make_published_project(team), team, overlap=1)
    make_task(found)
    return found


@pytest.fixture
def ana(team):
    return make_member(team)


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER)


def suspend(batch, person, by, **over):
    over = {"reason": REASON, "days": 3} | over
    return suspensions.suspend(batch.project, person, by=by, **over)


def refusal(service, *arguments, **keywords):
    with pytest.raises(DomainError) as refused:
        service(*arguments, **keywords)
    return refused.value.code


def test_a_suspended_person_gets_nothing_and_reads_why_until_when_and_where_to_appeal(
    batch, ana, mei
):
    suspend(batch, ana, mei)
    given = handout.next_assignments(ana)
    assert given.assignments == []
    assert REASON in given.reason
    assert "until" in given.reason
    assert "My levels" in given.reason
    assert not access.workable_batches(ana).exists()
    with pytest.raises(Batch.DoesNotExist):
        grid.next_page(ana, batch.pk, value="robin")


def test_other_projects_go_on(batch, team, ana, mei):
    other = make_batch(make_published_project(team), team)
    make_task(other)
    suspend(batch, ana, mei)
    [assignment] = handout.next_assignments(ana).assignments
    assert assignment.batch_id == other.pk


def test_leases_are_taken_back_and_drafts_stay(batch, team, ana, mei):
    other = make_batch(make_published_project(team), team)
    make_task(other)
    given = handout.next_assignments(ana, count=2).assignments
    for assignment in given:
        assignments.save_draft(assignment, {"species": "wren"}, by=ana)
    suspend(batch, ana, mei)
    states = dict(
        Assignment.objects.filter(annotator=ana, state__in=["leased", "revoked"]).values_list(
            "batch", "state"
        )
    )
    assert states == {batch.pk: "revoked", other.pk: "leased"}
    assert Draft.objects.filter(annotator=ana).count() == 2


def test_nobody_waits_for_a_suspended_person(batch, ana, mei):
    task = batch.tasks.get()
    assert eligibility.anybody_left(task)
    suspend(batch, ana, mei)
    assert not eligibility.anybody_left(task)


def test_it_ends_by_itself_before_any_job_and_the_job_closes_it(batch, ana, mei):
    now = timezone.now()
    suspension = suspend(batch, ana, mei, now=now - timedelta(days=3, minutes=1))
    assert handout.next_assignments(ana).assignments
    assert jobs.end_suspensions() == 1
    assert jobs.end_suspensions() == 0
    suspension.refresh_from_db()
    assert suspension.ended_at == suspension.until


def test_what_ran_out_does_not_stand_in_the_way_of_the_next(batch, ana, mei):
    suspend(batch, ana, mei, now=timezone.now() - timedelta(days=10))
    suspend(batch, ana, mei)
    assert Suspension.objects.filter(ended_at=None).count() == 1
    assert refusal(suspend, batch, ana, mei) == "suspended_already"


def test_the_database_allows_one_open_suspension(batch, ana, mei):
    found = suspend(batch, ana, mei)
    found.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        found.save()


@pytest.mark.parametrize(("over", "code"), [({"days": 15}, "invalid"), ({"days": 0}, "invalid")])
def test_it_lasts_one_to_fourteen_days(batch, ana, mei, over, code):
    assert refusal(suspend, batch, ana, mei, **over) == code


def test_it_needs_a_reason_and_somebody_else(batch, ana, mei):
    assert refusal(suspend, batch, ana, mei, reason=" ") == "text_needed"
    assert refusal(suspend, batch, mei, mei) == "not_allowed"


def test_what_was_handed_out_at_the_same_moment_is_taken_back(batch, ana, mei):
    suspend(batch, ana, mei)
    slot = batch.assignments.get(state="open")
    now = timezone.now()
    Assignment.objects.filter(pk=slot.pk).update(
        state="leased", annotator=ana, leased_at=now, leased_until=now + timedelta(hours=1)
    )
    assert jobs.end_suspensions() == 1
    slot.refresh_from_db()
    assert slot.state == "revoked"


def test_an_appeal_is_made_once_by_its_subject_and_answered_by_somebody_else(batch, team, ana, mei):
    suspension = suspend(batch, ana, mei)
    assert refusal(suspensions.appeal, suspension, "Look at my answers.", by=mei) == "not_allowed"
    suspensions.appeal(suspension, "Look at my answers.", by=ana)
    again = refusal(suspensions.appeal, suspension, "Please.", by=ana)
    assert again == "appealed_already"
    expert = make_member(team, Role.EXPERT)
    word = {"outcome": "granted", "reason": "They are right."}
    assert refusal(suspensions.answer, suspension, by=mei, **word) == "own_suspension"
    assert refusal(suspensions.answer, suspension, by=ana, **word) == "own_suspension"
    suspensions.answer(suspension, by=expert, **word)
    suspension.refresh_from_db()
    assert (suspension.answer, suspension.ended_by) == ("granted", expert)
    assert handout.next_assignments(ana).assignments


def test_where_nobody_else_is_there_who_suspended_answers(batch, ana, mei):
    suspension = suspend(batch, ana, mei)
    suspensions.appeal(suspension, "Look at my answers.", by=ana)
    suspensions.answer(suspension, outcome="upheld", reason="They are not right.", by=mei)
    suspension.refresh_from_db()
    assert suspension.ended_at is None
    assert refusal(suspensions.answer, suspension, outcome="granted", reason="x", by=mei) == (
        "no_appeal"
    )


def test_a_manager_lifts_it_and_nobody_their_own(batch, ana, mei):
    suspension = suspend(batch, ana, mei)
    assert refusal(suspensions.lift, suspension, reason="x", by=ana) == "not_allowed"
    suspensions.lift(suspension, reason="It was the other Ana.", by=mei)
    assert handout.next_assignments(ana).assignments
    assert refusal(suspensions.lift, suspension, reason="x", by=mei) == "suspension_over"
    assert refusal(suspensions.appeal, suspension, "x", by=ana) == "suspension_over"


def test_a_notch_serves_gold_as_on_the_level_below(batch, ana, mei):
    project = batch.project
    set_level(project, ana, level=3, by=mei, reason="known")
    shares = []
    for notch in (0, 1, 9):
        set_notch(project, ana, notch=notch, by=None, reason="in doubt")
        [found] = handout._running(ana, None, None, timezone.now())
        shares.append(gold_serving.rate(found, found.checked_level))
    assert shares == [4, 10, 20]
    assert gold_serving.due(found, found.checked_level, 0, random.Random(1)) == 0


def test_a_new_level_ends_the_extra_checks(batch, ana, mei):
    qualification = set_level(batch.project, ana, level=2, by=mei, reason="known")
    set_notch(batch.project, ana, notch=1, by=None, reason="in doubt")
    set_level(batch.project, ana, level=1, by=mei, reason="known")
    qualification.refresh_from_db()
    assert (qualification.level, qualification.gold_notch) == (1, 0)
