"""Moves a task on once its labels are in. Callers hold the task's row lock in a transaction."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.prepared_writes import save_fields
from labelops.webhooks.events import Told
from labelops.webhooks.services.outbox import tell
from tasks.models import Assignment, InstructionVersion, Stage, Task
from tasks.services import label_classes, slots, tallies

RESULT_FIELDS = (
    "result_answer",
    "result_source",
    "result_confidence",
    "result_revision",
    "result_version",
    "settled_at",
    "stale_version",
)


def lock_task(task_id: int) -> Task:
    """The task under a row lock, with its batch and item at hand.

    `breaking_number` is that of the version in force: labels made under an earlier one may be
    out of date the moment they are stored.
    """
    in_force = InstructionVersion.objects.filter(
        project=OuterRef("batch__project"), state=InstructionVersion.State.PUBLISHED
    )
    return (
        Task.objects.select_for_update(of=("self",))
        .select_related("batch__project", "item")
        .annotate(breaking_number=Subquery(in_force.values("breaking_number")[:1]))
        .get(pk=task_id)
    )


def settle(
    task: Task,
    *,
    answer: dict[str, Any],
    source: Task.Source,
    confidence: float | None,
    version: InstructionVersion,
    by: User | None,
    reason: str = "",
) -> None:
    """Store the label the product stands for; only here and in `unsettle` is it written.

    `version` is the one the label was decided under. Comes the label too late for a breaking
    change that touches it, it is marked as stale at once.
    """
    before = _result(task)
    slots.end_open_slots(task, now=timezone.now())
    moved = tallies.moved(task.state, Task.State.ACCEPTED)
    was_accepted = task.state == Task.State.ACCEPTED
    task.state = Task.State.ACCEPTED
    task.result_answer = answer
    task.result_source = source
    task.result_confidence = confidence
    task.result_revision += 1
    task.result_version = version
    task.settled_at = timezone.now()
    named = label_classes.keep(task, version.label_schema, is_new=not was_accepted)
    task.stale_version = label_classes.outdated_by(task, version, named)
    task.labels_complete_at = None
    save_fields(task, "state", "labels_missing", "labels_complete_at", *RESULT_FIELDS)
    record(by, "task.settled", task, before=before, after=_result(task), reason=reason)
    _tell(task)
    tallies.add(task.batch_id, by.pk if by else None, **moved)


def restate(task: Task, *, answer: dict[str, Any], confidence: float | None) -> None:
    """Let another answer of the annotators stand for an accepted task, as more is known of them.

    The task stays accepted under the version it has, and who is looking at it goes on.
    """
    before = _result(task)
    task.result_answer = answer
    task.result_source = Task.Source.CONSENSUS
    task.result_confidence = confidence
    task.result_revision += 1
    named = label_classes.keep(task, task.result_version.label_schema, is_new=False)
    task.stale_version = label_classes.outdated_by(task, task.result_version, named)
    save_fields(task, *RESULT_FIELDS)
    record(None, "task.restated", task, before=before, after=_result(task))
    _tell(task)


def unsettle(task: Task, *, by: User | None, reason: str) -> None:
    """Take back a label that nobody but its annotators stood for; they go on labeling."""
    before = _result(task)
    task.result_answer, task.result_source, task.result_confidence = None, "", None
    task.result_revision += 1
    task.result_version, task.stale_version = None, None
    task.settled_at = None
    label_classes.forget(task)
    save_fields(task, *RESULT_FIELDS)
    record(by, "task.unsettled", task, before=before, after=_result(task), reason=reason)


def _tell(task: Task) -> None:
    facts = {
        "item": str(task.item.public_id),
        "external_id": task.item.external_id,
        "task": str(task.public_id),
        "batch": task.batch_id,
        "answer": task.result_answer,
        "source": task.result_source,
        "revision": task.result_revision,
        "instruction_version": task.result_version.number,
    }
    tell(task.batch.project_id, Told.ITEM_ACCEPTED, facts)


def _result(task: Task) -> dict[str, Any]:
    return {
        "state": task.state,
        "answer": task.result_answer,
        "source": task.result_source,
        "revision": task.result_revision,
        "version": task.result_version_id,
    }


def open_review(task: Task, *, by: User | None, reason: str) -> None:
    """Ask for an expert's look: one open slot on the review desk.

    Whoever is at the task already gives theirs. What was reviewed in this round is adjudicated.
    """
    first = slots.first_review(task)
    if first and first.state == Assignment.State.SUBMITTED:
        open_adjudication(task, by=by, reason=reason)
        return
    _move(task, Task.State.IN_REVIEW, by=by, reason=reason)
    if first is None or first.state != Assignment.State.LEASED:
        slots.open_slots(task, stage=Stage.REVIEW, round=task.round)


def open_adjudication(task: Task, *, by: User | None, reason: str) -> None:
    """Ask for an expert's own answer: one open slot on the adjudication desk."""
    _move(task, Task.State.IN_ADJUDICATION, by=by, reason=reason)
    # Somebody may have decided in this round before.
    last = slots.last_number(task, stage=Stage.ADJUDICATE, round=task.round)
    slots.open_slots(task, stage=Stage.ADJUDICATE, round=task.round, after=last)


def ask_for_another(task: Task, *, labels: int, reason: str) -> None:
    """One more label for a task whose labels leave doubt."""
    slots.open_slots(task, stage=Stage.ANNOTATE, round=task.round, after=labels)
    task.labels_missing = 1
    task.labels_complete_at = None
    task.save(update_fields=["labels_missing", "labels_complete_at"])
    record(None, "task.another_label", task, after={"labels": labels}, reason=reason)


def open_rework(
    task: Task, authors: Iterable[User], *, by: User, reason: str, note: dict[str, str]
) -> None:
    """Send the task back: a new round of slots, offered to the authors before anybody else."""
    until = timezone.now() + slots.OFFER_TIME
    _open_round(task, Task.State.REWORK, authors, until, note, by=by, reason=reason)


def open_relabel(
    task: Task, authors: Iterable[User], *, by: User | None, reason: str, note: dict[str, str]
) -> None:
    """Have a task labeled anew. Its stored label stays, with its version, until the next one."""
    # The authors know the item and are asked first, but nobody waits for them.
    now = timezone.now()
    _open_round(task, Task.State.PENDING, authors, now, note, by=by, reason=reason)


def _open_round(
    task: Task,
    state: Task.State,
    authors: Iterable[User],
    until: datetime | None,
    note: dict[str, str] | None,
    *,
    by: User | None,
    reason: str,
) -> None:
    """A new round of labeling slots, offered to the authors until then."""
    task.round += 1
    _move(task, state, by=by, reason=reason)
    slots.open_slots(
        task,
        stage=Stage.ANNOTATE,
        round=task.round,
        count=task.batch.overlap,
        # A model never asks for work: an offer to it would only make people wait.
        offered_to=[author for author in authors if author.kind == User.Kind.PERSON],
        offered_until=until,
        rework_note=note,
    )
    task.labels_missing = task.batch.overlap
    task.save(update_fields=["labels_missing"])


def exclude(task: Task, *, by: User | None, reason: str) -> None:
    """Take a task out of the work for good or until it is restored. What was paid stays paid."""
    _move(task, Task.State.EXCLUDED, by=by, reason=reason)


def restore(task: Task, *, by: User, reason: str) -> None:
    """Put an excluded task back: a new round of labeling, open to everybody."""
    _open_round(task, Task.State.PENDING, [], None, None, by=by, reason=reason)


def hold(task: Task, *, by: User, reason: str) -> None:
    """Park a task until a question of it is answered; nobody gets it meanwhile.

    Leases on it go on: what others are at, they may finish. Doing it again changes nothing.
    """
    slots.park(task)
    if task.state == Task.State.ON_HOLD:
        return
    before, task.held_state = task.state, task.state
    task.state = Task.State.ON_HOLD
    task.save(update_fields=["state", "held_state"])
    _record_move(task, before, by=by, reason=reason)


def resume(task: Task, *, by: User, reason: str) -> None:
    """Let a parked task go on where it was."""
    before, state = task.state, Task.State(task.held_state)
    task.state, task.held_state = state, ""
    if state == Task.State.PENDING and slots.has_answers(task):
        # Somebody else finished the item while it was on hold.
        task.state = Task.State.LABELING
    if task.labels_missing == 0 and task.state in slots.UNANSWERED:
        task.labels_complete_at = timezone.now()
    task.save(update_fields=["state", "held_state", "labels_complete_at"])
    slots.unpark(task)
    _record_move(task, before, by=by, reason=reason)


def _record_move(task: Task, before: str, *, by: User | None, reason: str) -> None:
    record(
        by,
        f"task.{task.state}",
        task,
        before={"state": before},
        after={"state": task.state},
        reason=reason,
    )
    tallies.add(task.batch_id, by.pk if by else None, **tallies.moved(before, task.state))


def _move(task: Task, state: Task.State, *, by: User | None, reason: str) -> None:
    before = task.state
    if before == Task.State.ACCEPTED:
        label_classes.forget(task)
    task.held_state = ""
    slots.end_open_slots(task, now=timezone.now())
    task.state = state
    task.labels_complete_at = None
    save_fields(task, "state", "held_state", "round", "labels_missing", "labels_complete_at")
    _record_move(task, before, by=by, reason=reason)
