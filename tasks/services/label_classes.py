"""The index of classes over accepted labels, kept with whatever accepts or reopens a label."""

from collections.abc import Iterable
from typing import Any

from tasks.blocks.classes import Class, with_children
from tasks.kinds.answer import classes_in
from tasks.models import InstructionVersion, LabelClass, Task
from tasks.services.instructions import changes_of, former_version

Change = InstructionVersion.Change


def keep(task: Task, schema: dict[str, Any], *, is_new: bool) -> set[Class]:
    """Note the classes that the label of a task names; returns them."""
    named = classes_in(schema, task.result_answer)
    if not is_new:
        forget(task)
    LabelClass.objects.bulk_create(
        LabelClass(task=task, project_id=task.batch.project_id, control=control, value=value)
        for control, value in named
    )
    return set(named)


def forget(task: Task) -> None:
    """A label that is not accepted any more stands in no list of accepted labels."""
    LabelClass.objects.filter(task=task).delete()


def outdated_by(
    task: Task, version: InstructionVersion, named: set[Class]
) -> InstructionVersion | None:
    """The newest breaking version after `version` that touches these classes, if there is one."""
    if version.number >= (getattr(task, "breaking_number", None) or 0):
        return None
    later = InstructionVersion.objects.filter(
        project=task.batch.project_id,
        number__gt=version.number,
        state__in=[InstructionVersion.State.PUBLISHED, InstructionVersion.State.SUPERSEDED],
    )
    for newer in later.select_related("project").order_by("-number"):
        if Change.BREAKING not in newer.changes.values():
            continue
        touched = touched_classes(newer)
        if touched is None or touched & named:
            return newer
    return None


def touched_classes(version: InstructionVersion) -> set[Class] | None:
    """The classes that the breaking changes of a version are about; None stands for all labels."""
    former = former_version(version)
    changes = [
        change
        for change in changes_of(version, former)
        if version.changes.get(change.id) == Change.BREAKING
    ]
    if any(not change.classes for change in changes):
        return None
    named: Iterable[Class] = {found for change in changes for found in change.classes}
    return with_children(named, version.label_schema) | with_children(
        named, former.label_schema if former else {"controls": []}
    )
