"""Rows of evidence about a model, as the sweep would store them; quick in any number."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from reviews.models import ModelCheck
from tasks.models import Batch, Item, ModelVersion, Task
from tests.reviews.checks import spread


def make_model_checks(
    model: ModelVersion,
    batch: Batch,
    rights: Sequence[bool | None],
    *,
    label: str = "robin",
    kind: str = ModelCheck.Kind.BLIND,
    score: float | None = 0.9,
    now: datetime | None = None,
) -> list[ModelCheck]:
    """One for each, on a task of its own; None waits for an expert."""
    now, first = now or timezone.now(), Item.objects.count()
    items = Item.objects.bulk_create(
        Item(project=batch.project, external_id=f"checked-{first + number}")
        for number in range(len(rights))
    )
    tasks = Task.objects.bulk_create(Task(batch=batch, item=item) for item in items)
    return ModelCheck.objects.bulk_create(
        ModelCheck(
            model_version=model,
            task=task,
            kind=kind,
            label=label,
            expected="" if is_right is None else label if is_right else "wren",
            score=score,
            is_right=is_right,
            made_at=now,
            decided_at=None if is_right is None else now,
        )
        for task, is_right in zip(tasks, rights, strict=True)
    )


def right_of(right: int, n: int) -> list[bool]:
    """So many right ones of `n`, evenly mixed."""
    return spread(right, n)
