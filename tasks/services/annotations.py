"""Submitting an answer: exactly once, under the version that was shown, within the overlap."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.prepared_writes import insert, save_fields
from tasks.blocks import Block
from tasks.blocks.trees import check_path
from tasks.kinds import AnswerError
from tasks.kinds.answer import PATH, validate_answer
from tasks.kinds.broken import broken
from tasks.models import Annotation, Assignment, Draft, Stage, Task
from tasks.services import assignments, gold_serving, slots, suggestions, tallies
from tasks.services.checks import refusal
from tasks.signals import gold_answered, labels_completed

CLOCK_MS_LIMIT = 24 * 60 * 60 * 1000


@dataclass(frozen=True)
class Clocks:
    """Milliseconds at work on the item, reading instructions, and away. None: not measured."""

    active_ms: int | None = None
    reading_ms: int | None = None
    idle_ms: int | None = None

    def bounded(self) -> "Clocks":
        """No clock runs backwards or for longer than a day, whatever a client says."""
        return Clocks(
            *(
                None if value is None else max(0, min(value, CLOCK_MS_LIMIT))
                for value in (self.active_ms, self.reading_ms, self.idle_ms)
            )
        )


NOT_MEASURED = Clocks()


@dataclass(frozen=True)
class Submission:
    """What became of an answer; `is_replay` when the same request was answered before."""

    annotation: Annotation
    task_public_id: uuid.UUID
    is_replay: bool
    # Gold that teaches tells its author afterwards what is right.
    has_explanation: bool = False


def check_answer(answer: Any, *, label_schema: dict[str, Any], item_facts: Any) -> dict[str, Any]:
    """The normalised answer. Raises DomainError that names the field."""
    try:
        return validate_answer(label_schema, answer, item_facts)
    except AnswerError as error:
        raise refusal(error, "answer") from error


def check_rules(answer: dict[str, Any], *, label_schema: dict[str, Any], item_facts: Any) -> None:
    """Raise DomainError for the first blocking rule that a new answer breaks.

    Answers that were given before a rule, or elsewhere, stand: they are not asked.
    """
    for found in broken(label_schema, answer, item_facts):
        if found.is_blocking:
            raise DomainError(
                _(found.template).format(**found.params),
                code="rule_broken",
                field=f"answer.{found.path}",
                details={"rule": found.rule},
            )


def check_walk(answer: dict[str, Any], blocks: list[Block]) -> None:
    """Raise DomainError unless the path of an answer is a walk of a tree that was shown."""
    if PATH not in answer:
        return
    try:
        check_path(answer[PATH], blocks)
    except AnswerError as error:
        raise refusal(error, "answer") from error


def submit(
    public_id: uuid.UUID,
    *,
    answer: Any,
    request_id: uuid.UUID,
    by: User,
    clocks: Clocks = NOT_MEASURED,
    now: datetime | None = None,
) -> Submission:
    """Store the person's answer to one of their own assignments.

    Raises Assignment.DoesNotExist; DomainError for a wrong answer; Conflict `request_id_reused`
    when the key came with another answer before, `withdrawn` when that answer was taken back,
    `already_submitted`, and `lease_lost` when somebody else has the work now: then the answer is
    kept as a late draft.
    """
    now = now or timezone.now()
    try:
        with transaction.atomic():
            assignment = assignments.lock_assignment(public_id, by, stage=Stage.ANNOTATE)
            schema, facts = assignment.instruction_version.label_schema, assignment.task.item.facts
            answer = check_answer(answer, label_schema=schema, item_facts=facts)
            check_rules(answer, label_schema=schema, item_facts=facts)
            check_walk(answer, assignment.instruction_version.blocks)
            earlier = _replay(assignment, request_id, answer, by)
            if earlier:
                return _submission(earlier, assignment.task, is_replay=True)
            held = _held_or_retaken(assignment, by=by, now=now)
            if held:
                annotation = _store(
                    held, answer, request_id, by=by, clocks=clocks.bounded(), now=now
                )
                return _submission(annotation, assignment.task, is_replay=False)
    except IntegrityError as error:
        if Assignment.objects.filter(request_id=request_id).exists():
            raise _request_id_reused() from error
        raise
    assignments.save_draft(assignment, answer, by=by, is_late=True, now=now)
    raise Conflict(
        _("Somebody else has this task now. Your answer was kept, but it does not count."),
        code="lease_lost",
        hint=_("Go on with the next task."),
    )


def _submission(annotation: Annotation, task: Task, *, is_replay: bool) -> Submission:
    is_explained = task.state == Task.State.GOLD and gold_serving.is_explained(
        task, annotation.author_id
    )
    return Submission(annotation, task.public_id, is_replay, has_explanation=is_explained)


def _request_id_reused() -> Conflict:
    return Conflict(_("This request key was used for another answer."), code="request_id_reused")


def _replay(
    assignment: Assignment, request_id: uuid.UUID, answer: dict[str, Any], by: User
) -> Annotation | None:
    """What the same request stored before, here or in the slot that took this one's place."""
    if str(request_id) in (assignment.withdrawn_request_ids or []):
        raise Conflict(
            _("You took this answer back. It was not sent again."),
            code="withdrawn",
            hint=_("Open the task again to answer it."),
        )
    if assignment.state == Assignment.State.LEASED:
        return None
    earlier = Annotation.everything.filter(assignment__request_id=request_id).first()
    if earlier is None:
        return None
    is_same = (
        earlier.author_id == by.pk
        and earlier.task_id == assignment.task_id
        and earlier.answer == answer
    )
    if not is_same:
        raise _request_id_reused()
    return earlier


def _held_or_retaken(assignment: Assignment, *, by: User, now: datetime) -> Assignment | None:
    """The lease itself, or another slot of the same round: their own, or one that is free."""
    if assignment.state == Assignment.State.LEASED:
        return assignment
    if assignment.state == Assignment.State.SUBMITTED:
        raise Conflict(_("You have already answered this task."), code="already_submitted")
    if assignment.state not in {Assignment.State.EXPIRED, Assignment.State.RELEASED}:
        return None
    same_round = Assignment.objects.filter(
        task=assignment.task_id, stage=assignment.stage, round=assignment.round
    )
    own = same_round.filter(annotator=by, state=Assignment.State.LEASED).first()
    if own:
        # A page let go of the task while it was left, and the person's next page got it again.
        held = assignments.lock_assignment(own.public_id, by)
        held.instruction_version = assignment.instruction_version
        save_fields(held, "instruction_version")
        return held
    if slots.withdrawn(assignment.task).filter(annotator=by).exists():
        return None
    is_for_them = Q(offered_to=None) | Q(offered_to=by) | Q(offered_until__lte=now)
    free = same_round.filter(is_for_them, state=Assignment.State.OPEN)
    for slot in free.order_by("slot"):
        version_id = assignment.instruction_version_id
        lease_time = assignment.batch.lease_time
        if slots.claim(slot.pk, by, now=now, lease_time=lease_time, version_id=version_id):
            return assignments.lock_assignment(slot.public_id, by)
    return None


def _store(
    assignment: Assignment,
    answer: dict[str, Any],
    request_id: uuid.UUID,
    *,
    by: User,
    clocks: Clocks,
    now: datetime,
) -> Annotation:
    assignment.state = Assignment.State.SUBMITTED
    assignment.request_id = request_id
    assignment.ended_at = now
    save_fields(assignment, "state", "request_id", "ended_at")
    annotation = Annotation(
        task_id=assignment.task_id,
        author_id=by.pk,
        assignment=assignment,
        instruction_version_id=assignment.instruction_version_id,
        answer=answer,
        active_ms=clocks.active_ms,
        reading_ms=clocks.reading_ms,
        idle_ms=clocks.idle_ms,
        submitted_at=now,
        **suggestions.record_of(assignment, answer),
    )
    insert(annotation)
    if assignment.has_draft:
        Draft.objects.filter(task=assignment.task_id, annotator=by, stage=assignment.stage).delete()
    record(by, "annotation.submitted", annotation, request_key=request_id)
    moved = _count_label(assignment, now=now)
    active_ms = clocks.active_ms or 0
    tallies.add(assignment.batch_id, by.pk, annotation_count=1, active_ms=active_ms, **moved)
    return annotation


def _count_label(assignment: Assignment, *, now: datetime) -> dict[str, int]:
    """Note on the task that a label is in, and tell the reviews of the last missing one."""
    task = assignment.task
    before = task.state
    if task.state == Task.State.GOLD:
        transaction.on_commit(
            lambda: gold_answered.send_robust(sender=Task, assignment_id=assignment.pk)
        )
        return {}
    if assignment.round != task.round:
        return {}
    task.labels_missing -= 1
    if task.state == Task.State.PENDING:
        task.state = Task.State.LABELING
    if task.labels_missing == 0 and task.state in slots.UNANSWERED:
        task.labels_complete_at = now
        transaction.on_commit(lambda: labels_completed.send_robust(sender=Task, task=task))
    save_fields(task, "state", "labels_missing", "labels_complete_at")
    return tallies.moved(before, task.state)
