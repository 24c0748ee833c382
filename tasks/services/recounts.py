"""Proves the running counts by counting anew, and mends them where they drifted.

Work goes on meanwhile. So each comparison is one statement, which sees one moment, and a count is
mended by its difference, which stays right whatever is added to it before and after.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Expression, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from labelops.accounts.models import User
from labelops.audit.services import record
from tasks.models import WORK_STATES, Annotation, Assignment, Batch, BatchTally, Stage, Task
from tasks.services import slots, tallies

logger = logging.getLogger(__name__)

STATES = [f"{state.value}_count" for state in WORK_STATES]
OF_PEOPLE = ["annotation_count", "active_ms", "skip_count", "expired_count"]
TASKS_SHOWN = 100
COUNTED, STORED = "counted", "stored"
NONE = Value(0)
State = Assignment.State


@dataclass(frozen=True)
class Drift:
    """A count that is not what its rows say. `person` is empty for counts of the whole batch."""

    batch: int
    name: str
    counted: int
    stored: int
    person: str = ""
    task: int | None = None

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def recount(batch: Batch, *, fix: bool = False) -> list[Drift]:
    """Compare every count of a batch with its rows; with `fix`, mend what differs."""
    if not fix:
        return _drifts(batch)
    with transaction.atomic():
        # Two fixes at once would mend twice. Foreign keys to the batch do not wait for this lock.
        Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
        found = _drifts(batch)
        for drift in found:
            _mend(batch, drift)
        if found:
            record(None, "batch.recounted", batch, after={"drift": len(found)})
    return found


def report_drift() -> int:
    """Log every drift there is; a person decides whether to mend it. Returns how many."""
    count = 0
    for batch in Batch.objects.order_by("pk"):
        for drift in recount(batch):
            logger.error("A running count drifted: %s", drift)
            count += 1
    return count


def _drifts(batch: Batch) -> list[Drift]:
    return [*_states(batch), *_people(batch), *_missing_labels(batch)]


def _states(batch: Batch) -> Iterator[Drift]:
    counts = [Count("pk", filter=Q(state=state)) for state in WORK_STATES]
    found = _compared(
        _figures(
            COUNTED, Task.objects.filter(batch=batch, set_aside__isnull=True), "batch", counts
        ),
        _figures(
            STORED, BatchTally.objects.filter(batch=batch), "batch", [Sum(name) for name in STATES]
        ),
        names=STATES,
    )
    for _batch, name, counted, stored in found:
        yield Drift(batch.pk, name, counted, stored)


def _people(batch: Batch) -> Iterator[Drift]:
    answers = Annotation.everything.filter(assignment__batch=batch)
    ended = Assignment.objects.filter(batch=batch, state__in=[State.SKIPPED, State.EXPIRED])
    tallies = BatchTally.objects.filter(batch=batch)
    made = [Count("pk"), Sum("active_ms"), NONE, NONE]
    given_up = [
        *(NONE, NONE),
        Count("pk", filter=Q(state=State.SKIPPED, stage=Stage.ANNOTATE)),
        Count("pk", filter=Q(state=State.EXPIRED)),
    ]
    found = _compared(
        _figures(COUNTED, answers, "author__username", made),
        _figures(COUNTED, ended, "annotator__username", given_up),
        _figures(STORED, tallies, "person__username", [Sum(name) for name in OF_PEOPLE]),
        names=OF_PEOPLE,
    )
    for person, name, counted, stored in found:
        # What nobody did is the system's: it counts states of tasks alone.
        if person:
            yield Drift(batch.pk, name, counted, stored, person=person)


def _figures(kind: str, rows: QuerySet, group: str, figures: Sequence[Expression]) -> QuerySet:
    numbered = {f"figure_{number}": figure for number, figure in enumerate(figures)}
    return rows.order_by().values_list(Value(kind), group).annotate(**numbered)


def _compared(
    first: QuerySet, *others: QuerySet, names: list[str]
) -> Iterator[tuple[Any, str, int, int]]:
    """(group, name, counted, stored) of what differs, by one statement."""
    sums: dict[tuple[Any, str], Counter[str]] = defaultdict(Counter)
    for kind, group, *figures in first.union(*others, all=True):
        for name, figure in zip(names, figures, strict=True):
            sums[group, name][kind] += int(figure or 0)
    for (group, name), found in sums.items():
        if found[COUNTED] != found[STORED]:
            yield group, name, found[COUNTED], found[STORED]


def _missing_labels(batch: Batch) -> Iterator[Drift]:
    unfinished = Assignment.objects.filter(
        task=OuterRef("pk"),
        stage=Stage.ANNOTATE,
        round=OuterRef("round"),
        state__in=slots.UNFINISHED,
    )
    counts = unfinished.order_by().values("task").annotate(n=Count("pk")).values("n")
    tasks = Task.objects.filter(batch=batch, state__in=WORK_STATES).annotate(
        counted=Coalesce(Subquery(counts), 0)
    )
    wrong = tasks.exclude(labels_missing=F("counted"))
    for task in wrong.order_by("pk")[:TASKS_SHOWN]:
        yield Drift(batch.pk, "labels_missing", task.counted, task.labels_missing, task=task.pk)


def _mend(batch: Batch, drift: Drift) -> None:
    difference = drift.counted - drift.stored
    if drift.task:
        missing = F("labels_missing") + difference
        Task.objects.filter(pk=drift.task).update(labels_missing=missing)
        return
    person = User.objects.get(username=drift.person) if drift.person else None
    tallies.add(batch.pk, person.pk if person else None, **{drift.name: difference})
