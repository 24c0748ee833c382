"""Moves a task on once its labels are in. Callers hold the task's row lock in a transaction."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.prepared_writes import save_fields
from tasks.models import Stage, Task
from tasks.services import slots, tallies

RESULT_FIELDS = (
    "result_answer",
    "result_source",
    "result_confidence",
    "result_revision",
    "settled_at",
)


def lock_task(task_id: int) -> Task:
    """The task under a row lock, with its batch and item at hand."""
    return (
        Task.objects.select_for_update(of=("self",))
        .select_related("batch__project", "item")
        .get(pk=task_id)
    )


def settle(
    task: Task,
    *,
    answer: dict[str, Any],
    source: Task.Source,
    confidence: float | None,
    by: User | None,
    reason: str = "",
) -> None:
    """Store the label the product stands for; only here and in `unsettle` is it written."""
    before = _result(task)
    slots.end_open_slots(task, now=timezone.now())
    moved = tallies.moved(task.state, Task.State.ACCEPTED)
    task.state = Task.State.ACCEPTED
    task.result_answer = answer
    task.result_source = source
    task.result_confidence = confidence
    task.result_revision += 1
    task.settled_at = timezone.now()
    task.labels_complete_at = None
    save_fields(task, "state", "labels_missing", "labels_complete_at", *RESULT_FIELDS)
    record(by, "task.settled", task, before=before, after=_result(task), reason=reason)
    tallies.add(task.batch_id, by.pk if by else None, **moved)


def unsettle(task: Task, *, by: User, reason: str) -> None:
    """Take back a label that nobody but its annotators stood for; they go on labeling."""
    before = _result(task)
    task.result_answer, task.result_source, task.result_confidence = None, "", None
    task.result_revision += 1
    task.settled_at = None
    save_fields(task, *RESULT_FIELDS)
    record(by, "task.unsettled", task, before=before, after=_result(task), reason=reason)


def _result(task: Task) -> dict[str, Any]:
    return {
        "state": task.state,
        "answer": task.result_answer,
        "source": task.result_source,
        "revision": task.result_revision,
    }


def open_review(task: Task, *, by: User | None, reason: str) -> None:
    """Ask for an expert's look: one open slot on the review desk."""
    _move(task, Task.State.IN_REVIEW, by=by, reason=reason)
    slots.open_slots(task, stage=Stage.REVIEW, round=task.round)


def open_adjudication(task: Task, *, by: User | None, reason: str) -> None:
    """Ask for an expert's own answer: one open slot on the adjudication desk."""
    _move(task, Task.State.IN_ADJUDICATION, by=by, reason=reason)
    slots.open_slots(task, stage=Stage.ADJUDICATE, round=task.round)


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
    task.round += 1
    _move(task, Task.State.REWORK, by=by, reason=reason)
    slots.open_slots(
        task,
        stage=Stage.ANNOTATE,
        round=task.round,
        count=task.batch.overlap,
        offered_to=authors,
        offered_until=timezone.now() + slots.OFFER_TIME,
        rework_note=note,
    )
    task.labels_missing = task.batch.overlap
    task.save(update_fields=["labels_missing"])


def _move(task: Task, state: Task.State, *, by: User | None, reason: str) -> None:
    before = task.state
    slots.end_open_slots(task, now=timezone.now())
    task.state = state
    task.labels_complete_at = None
    save_fields(task, "state", "round", "labels_missing", "labels_complete_at")
    record(
        by, f"task.{state}", task, before={"state": before}, after={"state": state}, reason=reason
    )
    tallies.add(task.batch_id, by.pk if by else None, **tallies.moved(before, state))
