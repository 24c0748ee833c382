"""The life of a Job row. A run owns the row by a claim, so two workers never work on one job."""

import logging
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery import Task as CeleryTask
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerError

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.notices.kinds import Kind
from labelops.notices.services.notices import notify
from labelops.webhooks.events import Told
from labelops.webhooks.services.outbox import tell

logger = logging.getLogger(__name__)

HEARTBEAT_LIMIT = timedelta(seconds=30)
ATTEMPT_LIMIT = 8
ERRORS_KEPT = 1_000
# Of what ends sooner, whoever started it has seen the end.
TOLD_AFTER = timedelta(seconds=30)
PLACES = ("backend", "batch", "lot", "project")


class JobStopped(Exception):
    """The run must end now: the job was cancelled, or another worker has taken it over."""


class JobRefused(Exception):
    """The run ends as failed; what is wrong stands among the job's errors already."""


class JobPostponed(Exception):
    """Another job is in the way: the sweeper tries again later, from the cursor as it is stored."""


def create_job(
    kind: str, payload: dict[str, Any], *, by: User | None, project_id: int | None = None
) -> Job:
    """A job without a project is nobody's to be told of when it fails."""
    job = Job.objects.create(kind=kind, payload=payload, created_by=by, project_id=project_id)
    record(by, "job.created", job, after={"kind": kind})
    return job


def wake(celery_task: CeleryTask, *arguments: Any, countdown: float | None = None) -> None:
    """Queue after the commit. A dead broker costs nothing but time: beat finds the row later."""

    def send() -> None:
        try:
            celery_task.apply_async(args=arguments, countdown=countdown, retry=False)
        except (BrokerError, OSError) as error:
            logger.warning("Broker is away, %s waits for the sweeper: %s", celery_task.name, error)

    transaction.on_commit(send)


def claim_job(job_id: int) -> Job | None:
    """Take a queued job, or one whose worker fell silent; None when another run has it."""
    now = timezone.now()
    is_free = Q(state=Job.State.QUEUED) | Q(
        state=Job.State.RUNNING, heartbeat_at__lt=now - HEARTBEAT_LIMIT
    )
    claim = uuid.uuid4()
    taken = Job.objects.filter(is_free, pk=job_id).update(
        state=Job.State.RUNNING,
        claim=claim,
        heartbeat_at=now,
        started_at=now,
        attempt_count=F("attempt_count") + 1,
    )
    return Job.objects.get(pk=job_id) if taken else None


def is_held(job: Job, **facts: Any) -> bool:
    """Whether this run still has the job: another one may have taken it over and be further."""
    return Job.objects.filter(pk=job.pk, claim=job.claim, **facts).exists()


def save_progress(job: Job) -> None:
    """Write counts, cursor and errors of a run. Call it in the transaction of the chunk itself.

    Raises JobStopped when the job was cancelled or taken over, so that the chunk rolls back.
    """
    job.heartbeat_at = timezone.now()
    kept = Job.objects.filter(
        pk=job.pk, claim=job.claim, state=Job.State.RUNNING, is_cancel_requested=False
    ).update(
        done_count=job.done_count,
        total_count=job.total_count,
        error_count=job.error_count,
        errors=job.errors[:ERRORS_KEPT],
        cursor=job.cursor,
        result=job.result,
        heartbeat_at=job.heartbeat_at,
        # Only attempts that get nowhere count toward giving up.
        attempt_count=0,
    )
    if not kept:
        raise JobStopped


def keep_alive(job: Job) -> None:
    """Say that a run is at work where it has nothing to store yet; it gets nowhere by that.

    Raises JobStopped when the job was cancelled or taken over.
    """
    kept = Job.objects.filter(
        pk=job.pk, claim=job.claim, state=Job.State.RUNNING, is_cancel_requested=False
    ).update(heartbeat_at=timezone.now())
    if not kept:
        raise JobStopped


def run_job(job_id: int, work: Callable[[Job], None]) -> None:
    """Claim the job and do `work`, which may be called again after a crash and then resumes."""
    job = claim_job(job_id)
    if job is None:
        return
    if job.attempt_count > ATTEMPT_LIMIT:
        _finish(job, Job.State.FAILED, _("It was interrupted too often. Please start it again."))
        return
    try:
        work(job)
    except JobStopped:
        _finish_if_cancelled(job)
    except JobPostponed:
        _postpone(job)
    except JobRefused as refused:
        _finish(job, Job.State.FAILED, str(refused))
    except DomainError as error:
        _finish(job, Job.State.FAILED, str(error.message), error=error.as_dict())
    except (OperationalError, InterfaceError):
        # The database went away for a moment: the sweeper wakes the job when it is silent.
        logger.warning("Job %s lost the database, and will be taken up again", job.public_id)
        raise
    except Exception:
        # The row must not hang as "running"; the log has the trace, the person a way on.
        logger.exception("Job %s failed", job.public_id)
        _finish(job, Job.State.FAILED, _("Something unexpected happened. Please tell an operator."))
        raise
    else:
        _finish(job, Job.State.DONE, job.message)


def _finish(
    job: Job, state: Job.State, message: str, *, error: dict[str, Any] | None = None
) -> None:
    if error is not None:
        job.errors = [*job.errors, error][:ERRORS_KEPT]
        job.error_count += 1
    with transaction.atomic():
        finished = Job.objects.filter(pk=job.pk, claim=job.claim, state=Job.State.RUNNING).update(
            state=state,
            message=message,
            done_count=job.done_count,
            total_count=job.total_count,
            errors=job.errors,
            error_count=job.error_count,
            result=job.result,
            finished_at=timezone.now(),
        )
        if finished:
            record(None, f"job.{state}", job, reason=message)
        if finished and state == Job.State.FAILED and job.project_id is not None:
            facts = {"job": str(job.public_id), "kind": job.kind, "message": message}
            tell(job.project_id, Told.JOB_FAILED, facts)
        if finished and job.created_by is not None:
            _tell_starter(job, state, message)


def _tell_starter(job: Job, state: Job.State, message: str) -> None:
    """Of every failure, and of the end of what took long."""
    if state == Job.State.DONE and timezone.now() - job.created_at < TOLD_AFTER:
        return
    parameters = {"work": job.kind, "job": str(job.public_id), "detail": message}
    parameters |= {name: job.payload[name] for name in PLACES if name in job.payload}
    kind = Kind.WORK_FAILED if state == Job.State.FAILED else Kind.WORK_ENDED
    notify([job.created_by], kind, about=job, parameters=parameters)


def _postpone(job: Job) -> None:
    """Waiting is no failed attempt. One that was cancelled meanwhile ends when it is taken up."""
    _finish_if_cancelled(job)
    Job.objects.filter(
        pk=job.pk, claim=job.claim, state=Job.State.RUNNING, is_cancel_requested=False
    ).update(state=Job.State.QUEUED, claim=None, attempt_count=0)


def _finish_if_cancelled(job: Job) -> None:
    with transaction.atomic():
        Job.objects.filter(
            pk=job.pk, claim=job.claim, state=Job.State.RUNNING, is_cancel_requested=True
        ).update(state=Job.State.CANCELLED, finished_at=timezone.now())


def cancel_job(job: Job, *, by: User) -> Job:
    """Ask a running job to stop at its next chunk; end a waiting one at once."""
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job.pk)
        if job.is_finished:
            raise Conflict(_("This has already ended."), code="job_finished")
        job.is_cancel_requested = True
        if job.state == Job.State.QUEUED:
            job.state = Job.State.CANCELLED
            job.finished_at = timezone.now()
        job.save(update_fields=["is_cancel_requested", "state", "finished_at"])
        record(by, "job.cancelled", job)
    return job


def unfinished_jobs() -> list[Job]:
    """Jobs that nobody works on although they should: their wake-up call was lost."""
    now = timezone.now()
    return list(
        Job.objects.filter(
            Q(state=Job.State.QUEUED, created_at__lt=now - timedelta(seconds=5))
            | Q(state=Job.State.RUNNING, heartbeat_at__lt=now - HEARTBEAT_LIMIT)
        ).order_by("id")[:100]
    )
