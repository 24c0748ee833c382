"""Accepted labels that may teach or measure: what lessons, exams and gold are made of."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from tasks.kinds.answer import PATH
from tasks.models import LabelClass, Project, ReservedItem, Task

# Labels that an expert has looked at; the others were voted, inferred or imported.
BY_EXPERTS = (Task.Source.ADJUDICATION, Task.Source.REVIEW)
Purpose = ReservedItem.Purpose
# What measures people is shown nowhere else.
SECRET = (Purpose.EXAM, Purpose.GOLD)
EVERY_PURPOSE = (Purpose.EXAMPLE, Purpose.LESSON, *SECRET)


def candidates(
    project: Project,
    *,
    purposes: tuple[str, ...] = EVERY_PURPOSE,
    by_experts: bool = True,
    class_: dict[str, str] | None = None,
    q: str = "",
) -> QuerySet[Task]:
    """Tasks of the project whose label stands undoubted and whose item has none of the purposes.

    `class_` is a filter of LabelClass, `q` the beginning of the item's id.
    """
    taken = ReservedItem.objects.filter(item=OuterRef("item"), purpose__in=purposes)
    rows = Task.objects.filter(
        ~Exists(taken),
        batch__project=project,
        state=Task.State.ACCEPTED,
        stale_version=None,
        result_version__isnull=False,
    )
    if by_experts:
        rows = rows.filter(result_source__in=BY_EXPERTS)
    if class_:
        rows = rows.filter(Exists(LabelClass.objects.filter(task=OuterRef("pk"), **class_)))
    if q:
        rows = rows.filter(item__external_id__startswith=q)
    return rows.select_related("item", "result_version")


def reference_of(task: Task) -> dict[str, Any]:
    """The fields of a ReferenceItem: the label as it stands, without the walk that led to it."""
    answer = {name: value for name, value in task.result_answer.items() if name != PATH}
    return {"item": task.item, "version": task.result_version, "answer": answer}
