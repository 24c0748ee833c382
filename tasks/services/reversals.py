"""Puts a task back to what it was before a decision. Callers hold the task's row lock."""

from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from labelops.accounts.models import User
from labelops.audit.services import record
from tasks.models import InstructionVersion, Task
from tasks.services import label_classes, slots, tallies
from tasks.services.results import RESULT_FIELDS


def picture_of(task: Task) -> dict[str, Any]:
    """What `restore` needs, in plain JSON: the state, the round, and the label with its version."""
    settled_at = task.settled_at.isoformat() if task.settled_at else None
    return {
        "state": task.state,
        "round": task.round,
        "answer": task.result_answer,
        "source": task.result_source,
        "confidence": task.result_confidence,
        "version": task.result_version_id,
        "stale_version": task.stale_version_id,
        "settled_at": settled_at,
    }


def restore(task: Task, picture: dict[str, Any], *, by: User, reason: str) -> None:
    """Give a task the state, round and label of the picture; what was opened since is withdrawn.

    The revision goes on counting: whoever read the label meanwhile sees that it changed.
    """
    before = picture_of(task)
    slots.end_open_slots(task, now=timezone.now())
    if task.state == Task.State.ACCEPTED:
        label_classes.forget(task)
    task.state, task.round = picture["state"], picture["round"]
    task.labels_missing, task.labels_complete_at = 0, None
    task.result_answer, task.result_source = picture["answer"], picture["source"]
    task.result_confidence = picture["confidence"]
    task.result_version_id = picture["version"]
    task.stale_version_id = picture["stale_version"]
    task.settled_at = parse_datetime(picture["settled_at"]) if picture["settled_at"] else None
    task.result_revision += 1
    if task.state == Task.State.ACCEPTED:
        version = InstructionVersion.objects.get(pk=task.result_version_id)
        label_classes.keep(task, version.label_schema, is_new=True)
    task.save(
        update_fields=["state", "round", "labels_missing", "labels_complete_at", *RESULT_FIELDS]
    )
    record(by, "task.restored", task, before=before, after=picture, reason=reason)
    tallies.add(task.batch_id, by.pk, **tallies.moved(before["state"], task.state))
