"""Marks on assessed tasks: the classes of the stored label, and why it is in doubt.

They are what the review queue is narrowed by, found by an index instead of by reading labels.
"""

from collections.abc import Iterable
from typing import Any

from reviews.models import Consensus, QueueMark
from tasks.kinds.answer import classes_in

Kind = QueueMark.Kind
VALUE_LENGTH = QueueMark._meta.get_field("value").max_length


def mark(schema: dict[str, Any], found: Iterable[Consensus]) -> None:
    """Replace the marks of tasks that were assessed just now. Callers are in a transaction."""
    tasks = {consensus.task_id: consensus for consensus in found}
    stored = dict(Consensus.objects.filter(task__in=tasks).values_list("task", "pk"))
    QueueMark.objects.filter(consensus__in=stored.values()).delete()
    QueueMark.objects.bulk_create(
        (
            made
            for task_id, consensus in tasks.items()
            for made in _marks(stored[task_id], schema, consensus)
        ),
        # Another sweep may have come first: the marks are the same.
        ignore_conflicts=True,
    )


def _marks(pk: int, schema: dict[str, Any], consensus: Consensus) -> Iterable[QueueMark]:
    for control, value in classes_in(schema, consensus.answer):
        if len(value) <= VALUE_LENGTH:
            yield QueueMark(consensus_id=pk, kind=Kind.CLASS, control=control, value=value)
    for code in dict.fromkeys(reason["code"] for reason in consensus.reasons):
        yield QueueMark(consensus_id=pk, kind=Kind.REASON, value=code)
