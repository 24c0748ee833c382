"""Submitting an answer: exactly once, under the version that was shown, within the overlap."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from tasks.kinds import AnswerError
from tasks.kinds.answer import validate_answer
from tasks.models import Annotation, AnnotationRevision, Assignment, Draft, Stage, Task
from tasks.services import assignments, results, slots
from tasks.signals import labels_completed

ACTIVE_MS_LIMIT = 24 * 60 * 60 * 1000
COMPLETABLE = (Task.State.PENDING, Task.State.LABELING, Task.State.REWORK)


@dataclass(frozen=True)
class Submission:
    """What became of an answer; `is_replay` when the same request was answered before."""

    annotation: Annotation
    is_replay: bool


def check_answer(answer: Any, *, label_schema: dict[str, Any], item_facts: Any) -> dict[str, Any]:
    """The normalised answer. Raises DomainError that names the field."""
    try:
        return validate_answer(label_schema, answer, item_facts)
    except AnswerError as error:
        raise DomainError(
            _(error.template).format(**error.params),
            code=error.code,
            field=f"answer.{error.path}" if error.path else "answer",
            hint=error.hint or None,
        ) from error


def submit(
    assignment: Assignment,
    *,
    answer: Any,
    request_id: uuid.UUID,
    by: User,
    active_ms: int | None = None,
    now: datetime | None = None,
) -> Submission:
    """Store the person's answer for the task.

    Raises Conflict `request_id_reused` when the key came with another answer before, and
    `lease_lost` when somebody else has the slot now; the answer is then kept as a draft.
    """
    now = now or timezone.now()
    with transaction.atomic():
        assignment = assignments.lock_assignment(assignment.public_id, by)
        facts = assignment.task.item.facts
        answer = check_answer(
            answer, label_schema=assignment.instruction_version.label_schema, item_facts=facts
        )
        replayed = _find_replay(request_id, assignment, answer, by)
        if replayed:
            return Submission(replayed, is_replay=True)
        held = _held_or_retaken(assignment, by=by, now=now)
        if held:
            annotation = _store(held, answer, request_id, by=by, active_ms=active_ms, now=now)
            return Submission(annotation, is_replay=False)
    assignments.save_draft(assignment, answer, by=by, now=now)
    raise Conflict(
        _("Somebody else has this task now. Your answer was kept as a draft."),
        code="lease_lost",
        hint=_("Go on with the next task."),
    )


def _find_replay(
    request_id: uuid.UUID, assignment: Assignment, answer: dict[str, Any], by: User
) -> Annotation | None:
    earlier = Annotation.objects.filter(assignment__request_id=request_id).first()
    if earlier is None:
        return None
    is_same = (
        earlier.author_id == by.pk
        and earlier.task_id == assignment.task_id
        and earlier.answer == answer
    )
    if not is_same:
        raise Conflict(_("This request key was used for another answer."), code="request_id_reused")
    return earlier


def _held_or_retaken(assignment: Assignment, *, by: User, now: datetime) -> Assignment | None:
    """The lease itself, or the same slot claimed again when it ran out and nobody has it yet."""
    if assignment.state == Assignment.State.LEASED:
        return assignment
    if assignment.state == Assignment.State.SUBMITTED:
        raise Conflict(_("You have already answered this task."), code="already_submitted")
    if assignment.state != Assignment.State.EXPIRED:
        return None
    reopened = Assignment.objects.filter(
        task=assignment.task_id,
        stage=assignment.stage,
        round=assignment.round,
        slot=assignment.slot,
        state=Assignment.State.OPEN,
    ).first()
    if reopened is None or not slots.claim(
        reopened.pk, by, now=now, instruction_version_id=assignment.instruction_version_id
    ):
        return None
    return assignments.lock_assignment(reopened.public_id, by)


def _store(
    assignment: Assignment,
    answer: dict[str, Any],
    request_id: uuid.UUID,
    *,
    by: User,
    active_ms: int | None,
    now: datetime,
) -> Annotation:
    task = results.lock_task(assignment.task_id)
    assignment.state = Assignment.State.SUBMITTED
    assignment.request_id = request_id
    assignment.ended_at = now
    assignment.save(update_fields=["state", "request_id", "ended_at"])
    annotation = Annotation.objects.create(
        task=task,
        author=by,
        assignment=assignment,
        instruction_version_id=assignment.instruction_version_id,
        answer=answer,
        active_ms=None if active_ms is None else max(0, min(active_ms, ACTIVE_MS_LIMIT)),
        submitted_at=now,
    )
    AnnotationRevision.objects.create(annotation=annotation, number=1, answer=answer, author=by)
    Draft.objects.filter(task=task, annotator=by, stage=assignment.stage).delete()
    record(by, "annotation.submitted", annotation, after=answer, request_key=request_id)
    _complete(task, assignment, now=now)
    return annotation


def _complete(task: Task, assignment: Assignment, *, now: datetime) -> None:
    """Tell the reviews that the last missing label of this round is in."""
    if task.state not in COMPLETABLE or assignment.round != task.round:
        return
    if slots.has_unfinished_slots(task, stage=Stage.ANNOTATE, round=task.round):
        return
    task.labels_complete_at = now
    if task.state == Task.State.PENDING:
        task.state = Task.State.LABELING
    task.save(update_fields=["labels_complete_at", "state"])
    transaction.on_commit(lambda: labels_completed.send_robust(sender=Task, task=task))
