"""Undo: a person takes an answer back, within minutes and before anybody judged it."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict
from tasks.models import Annotation, Assignment, Stage, Task
from tasks.services import assignments, results, slots, tallies

WINDOW = timedelta(minutes=10)
JUDGED = (Task.Source.REVIEW, Task.Source.ADJUDICATION)


def withdraw(public_id: uuid.UUID, *, by: User, now: datetime | None = None) -> Assignment:
    """Take the answer of an own assignment back: it is leased again, the answer is its draft.

    Repeating it changes nothing. Raises Assignment.DoesNotExist, and Conflict `undo_too_late`
    when the window is over or a reviewer has the task.
    """
    now = now or timezone.now()
    with transaction.atomic():
        assignment = assignments.lock_assignment(public_id, by, stage=Stage.ANNOTATE)
        if assignment.state == Assignment.State.LEASED and assignment.withdrawn_request_ids:
            return assignment
        _require_undoable(assignment, now=now)
        annotation = Annotation.objects.get(assignment=assignment)
        task = assignment.task
        before = task.state
        _take_back_outcome(task, by=by)
        assignments.save_draft(assignment, annotation.answer, by=by, now=now)
        record(
            by,
            "annotation.withdrawn",
            annotation,
            before=annotation.answer,
            request_key=assignment.request_id,
        )
        annotation.delete()
        _lease_again(assignment, now=now)
        record(by, "assignment.leased", assignment, reason="answer taken back")
        after = _reopen_task(task)
        tallies.add(
            assignment.batch_id,
            by.pk,
            annotation_count=-1,
            active_ms=-(annotation.active_ms or 0),
            **tallies.moved(before, after),
        )
    return assignment


def _require_undoable(assignment: Assignment, *, now: datetime) -> None:
    if assignment.state != Assignment.State.SUBMITTED:
        raise Conflict(_("There is no answer of yours to take back."), code="nothing_to_undo")
    is_late = now - assignment.ended_at > WINDOW
    if is_late or assignment.round != assignment.task.round or _is_judged(assignment.task):
        raise Conflict(
            _("This answer can no longer be taken back: its time is over, or a reviewer has it."),
            code="undo_too_late",
        )


def _is_judged(task: Task) -> bool:
    if task.result_source in JUDGED or task.state == Task.State.IN_ADJUDICATION:
        return True
    begun = Assignment.objects.filter(
        task=task,
        stage__in=[Stage.REVIEW, Stage.ADJUDICATE],
        round=task.round,
        state__in=[Assignment.State.LEASED, Assignment.State.SUBMITTED],
    )
    return begun.exists()


def _take_back_outcome(task: Task, *, by: User) -> None:
    """Whatever followed from all labels being in: a vote, or a review nobody has begun."""
    slots.end_open_reviews(task)
    if task.state == Task.State.ACCEPTED:
        results.unsettle(task, by=by, reason="answer taken back")


def _lease_again(assignment: Assignment, *, now: datetime) -> None:
    withdrawn = [*(assignment.withdrawn_request_ids or []), str(assignment.request_id)]
    assignment.state = Assignment.State.LEASED
    assignment.withdrawn_request_ids = withdrawn
    assignment.request_id = None
    assignment.ended_at = None
    assignment.leased_until = now + assignment.batch.lease_time
    assignment.save(
        update_fields=[
            "state",
            "withdrawn_request_ids",
            "request_id",
            "ended_at",
            "leased_until",
        ]
    )


def _reopen_task(task: Task) -> str:
    """Back to labeling, or to waiting when this was the only answer."""
    has_answers = Annotation.objects.filter(task=task).exists()
    if task.round > 1:
        task.state = Task.State.REWORK
    else:
        task.state = Task.State.LABELING if has_answers else Task.State.PENDING
    task.labels_missing += 1
    task.labels_complete_at = None
    task.save(update_fields=["state", "labels_missing", "labels_complete_at"])
    return task.state
