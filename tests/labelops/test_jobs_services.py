"""The life of a Job row: one worker at a time, resumable, cancellable, never stuck."""

import uuid
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from labelops.errors import Conflict, DomainError
from labelops.jobs import jobs, registry
from labelops.jobs.models import Job
from labelops.jobs.services import (
    ATTEMPT_LIMIT,
    HEARTBEAT_LIMIT,
    JobStopped,
    cancel_job,
    claim_job,
    create_job,
    run_job,
    save_progress,
    wake,
)
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def job():
    return create_job("count", {"to": 3}, by=make_user())


def work_to_three(job):
    job.total_count = 3
    while job.done_count < 3:
        job.done_count += 1
        save_progress(job)


def test_a_job_runs_to_its_end_once(job):
    run_job(job.pk, work_to_three)
    run_job(job.pk, lambda _job: pytest.fail("ran twice"))
    job.refresh_from_db()
    assert (job.state, job.done_count, job.percent) == (Job.State.DONE, 3, 100)


def test_a_database_that_was_away_for_a_moment_fails_no_job(job):
    def lose_it(_job):
        raise OperationalError("server closed the connection unexpectedly")

    with pytest.raises(OperationalError):
        run_job(job.pk, lose_it)
    silent_since = timezone.now() - HEARTBEAT_LIMIT - timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(heartbeat_at=silent_since)
    run_job(job.pk, work_to_three)
    job.refresh_from_db()
    assert (job.state, job.done_count) == (Job.State.DONE, 3)


def test_two_workers_never_hold_one_job(job):
    assert claim_job(job.pk)
    assert claim_job(job.pk) is None


def test_a_silent_worker_loses_the_job_and_its_late_writes_are_refused(job):
    first = claim_job(job.pk)
    silent_since = timezone.now() - HEARTBEAT_LIMIT - timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(heartbeat_at=silent_since)
    assert claim_job(job.pk)
    with pytest.raises(JobStopped):
        save_progress(first)


def test_a_cancelled_job_stops_at_its_next_chunk(job):
    def cancelled_meanwhile(running):
        cancel_job(running, by=make_user())
        save_progress(running)

    run_job(job.pk, cancelled_meanwhile)
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    with pytest.raises(Conflict):
        cancel_job(job, by=make_user())


def test_a_broken_rule_ends_the_job_with_its_sentence(job):
    def refused(_job):
        raise DomainError("Row 7 has no text.", row=7, field="text")

    run_job(job.pk, refused)
    job.refresh_from_db()
    assert (job.state, job.message) == (Job.State.FAILED, "Row 7 has no text.")
    assert job.errors[0]["row"] == 7


def test_an_unknown_failure_is_never_left_running(job):
    def broken(_job):
        raise RuntimeError("secret detail")

    with pytest.raises(RuntimeError):
        run_job(job.pk, broken)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "secret detail" not in job.message


def test_a_job_that_kills_its_workers_is_given_up(job):
    Job.objects.filter(pk=job.pk).update(attempt_count=ATTEMPT_LIMIT)
    run_job(job.pk, lambda _job: pytest.fail("tried again"))
    job.refresh_from_db()
    assert job.state == Job.State.FAILED


def test_an_attempt_that_got_on_is_forgiven(job):
    Job.objects.filter(pk=job.pk).update(attempt_count=ATTEMPT_LIMIT - 1)
    run_job(job.pk, work_to_three)
    job.refresh_from_db()
    assert (job.state, job.attempt_count) == (Job.State.DONE, 0)


def test_the_sweeper_wakes_what_nobody_works_on(
    job, monkeypatch, django_capture_on_commit_callbacks
):
    woken = []

    class Door:
        name = "count"

        @staticmethod
        def apply_async(args, countdown, retry):
            woken.append(args)

    monkeypatch.setitem(registry._doors, "count", Door)
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(minutes=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.reap_jobs() == 1
    assert woken == [(job.pk,)]


def test_a_dead_broker_fails_nobody(django_capture_on_commit_callbacks):
    class Door:
        name = "count"

        @staticmethod
        def apply_async(args, countdown, retry):
            raise ConnectionRefusedError

    with django_capture_on_commit_callbacks(execute=True):
        wake(Door, uuid.uuid4())
