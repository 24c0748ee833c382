"""Undo: a person takes an answer back, on the day of it and before anybody judged it."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict
from tasks.models import Annotation, Assignment, Stage, Task
from tasks.services import assignments, results, slots, tallies

WINDOW = timedelta(hours=24)
# What was accepted by vote is used elsewhere soon.
SETTLED_WINDOW = timedelta(minutes=10)
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
    if assignment.pk not in withdrawable([assignment], now=now):
        raise Conflict(
            _("This answer can no longer be taken back: its time is over, or a reviewer has it."),
            code="undo_too_late",
        )


def withdrawable(assignments: Sequence[Assignment], *, now: datetime | None = None) -> set[int]:
    """The ids of those whose answers `withdraw` would take back at this moment: one statement."""
    now = now or timezone.now()
    begun = Assignment.objects.filter(
        task__in=[row.task_id for row in assignments],
        stage__in=[Stage.REVIEW, Stage.ADJUDICATE],
        state__in=[Assignment.State.LEASED, Assignment.State.SUBMITTED],
    )
    in_review = set(begun.values_list("task", "round"))
    return {
        row.pk
        for row in assignments
        if _is_in_time(row, now=now)
        and row.round == row.task.round
        and row.task.set_aside is None
        and not _is_judged(row.task)
        and (row.task_id, row.round) not in in_review
    }


def _is_in_time(assignment: Assignment, *, now: datetime) -> bool:
    # Imported answers never had a lease that ended.
    if assignment.state != Assignment.State.SUBMITTED or assignment.ended_at is None:
        return False
    is_settled = assignment.task.state == Task.State.ACCEPTED
    return now - assignment.ended_at <= (SETTLED_WINDOW if is_settled else WINDOW)


def _is_judged(task: Task) -> bool:
    return task.result_source in JUDGED or task.state == Task.State.IN_ADJUDICATION


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
    """Back to labeling, or to waiting when this was the only answer; gold stays gold."""
    if task.state == Task.State.GOLD:
        return task.state
    has_answers = Annotation.objects.filter(task=task).exists()
    if task.round > 1:
        task.state = Task.State.REWORK
    else:
        task.state = Task.State.LABELING if has_answers else Task.State.PENDING
    task.labels_missing += 1
    task.labels_complete_at = None
    task.save(update_fields=["state", "labels_missing", "labels_complete_at"])
    return task.state
