"""The running counts of batches, changed in the transaction of whatever they count."""

from collections import Counter, defaultdict

from django.db import IntegrityError, transaction
from django.db.models import F

from labelops.prepared_writes import add_to
from tasks.models import BatchTally, Task

State = Task.State


def add(batch_id: int, person_id: int | None, **changes: int) -> None:
    """Add to one person's row of a batch, or the system's. Call it last in a transaction:

    the row stays locked until the commit, and others of the same person wait for it.
    """
    changes = {name: change for name, change in changes.items() if change}
    if not changes or _update(batch_id, person_id, changes):
        return
    try:
        with transaction.atomic():
            BatchTally.objects.create(batch_id=batch_id, person_id=person_id, **changes)
    except IntegrityError:
        _update(batch_id, person_id, changes)


def _update(batch_id: int, person_id: int | None, changes: dict[str, int]) -> int:
    if person_id is not None:
        return add_to(BatchTally, {"batch": batch_id, "person": person_id}, **changes)
    rows = BatchTally.objects.filter(batch=batch_id, person=None)
    return rows.update(**{name: F(name) + change for name, change in changes.items()})


def moved(before: str, after: str, count: int = 1) -> dict[str, int]:
    """The changes when `count` tasks go from one state to another; empty when they stay."""
    if before == after:
        return {}
    return {f"{State(before).value}_count": -count, f"{State(after).value}_count": count}


class Changes:
    """Moves of many tasks in one transaction, added at its end: a row is locked only shortly."""

    def __init__(self) -> None:
        self._moves: dict[int, Counter[str]] = defaultdict(Counter)

    def add(self, batch_id: int, before: str, after: str) -> None:
        for name, change in moved(before, after).items():
            self._moves[batch_id][name] += change

    def store(self, person_id: int | None) -> None:
        for batch_id, changes in sorted(self._moves.items()):
            add(batch_id, person_id, **changes)
