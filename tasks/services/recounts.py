"""Proves the running counts by counting anew, and mends them where they drifted."""

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from labelops.accounts.models import User
from labelops.audit.services import record
from tasks.models import Annotation, Assignment, Batch, BatchTally, Stage, Task
from tasks.services import tallies

logger = logging.getLogger(__name__)

STATES = [f"{state.value}_count" for state in Task.State]
TASKS_SHOWN = 100


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
    """Compare every count of a batch with its rows; with `fix`, store what was counted.

    One transaction under the batch's lock. Work goes on meanwhile on PostgreSQL, so a fix is made
    only of what still differs when its own rows are locked.
    """
    with transaction.atomic():
        Batch.objects.select_for_update().get(pk=batch.pk)
        found = [*_states(batch), *_people(batch), *_missing_labels(batch)]
        if fix and found:
            for drift in found:
                _mend(batch, drift)
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


def _states(batch: Batch) -> Iterator[Drift]:
    rows = Task.objects.filter(batch=batch).order_by().values_list("state")
    counted = dict(rows.annotate(count=Count("pk")))
    stored = BatchTally.objects.filter(batch=batch).aggregate(
        **{name: Coalesce(Sum(name), 0) for name in STATES}
    )
    for state in Task.State:
        name = f"{state.value}_count"
        if counted.get(state.value, 0) != stored[name]:
            yield Drift(batch.pk, name, counted.get(state.value, 0), stored[name])


def _people(batch: Batch) -> Iterator[Drift]:
    answers = _by_person(
        Annotation.objects.filter(task__batch=batch).values_list("author__username"),
        annotation_count=Count("pk"),
        active_ms=Coalesce(Sum("active_ms"), 0),
    )
    slots = Assignment.objects.filter(batch=batch, annotator__isnull=False)
    skips = _by_person(
        slots.filter(state=Assignment.State.SKIPPED, stage=Stage.ANNOTATE).values_list(
            "annotator__username"
        ),
        skip_count=Count("pk"),
    )
    expiries = _by_person(
        slots.filter(state=Assignment.State.EXPIRED).values_list("annotator__username"),
        expired_count=Count("pk"),
    )
    names = ["annotation_count", "active_ms", "skip_count", "expired_count"]
    stored = _by_person(
        BatchTally.objects.filter(batch=batch, person__isnull=False).values_list(
            "person__username"
        ),
        **{name: Sum(name) for name in names},
    )
    for person in sorted({*answers, *skips, *expiries, *stored}):
        counted = answers.get(person, {}) | skips.get(person, {}) | expiries.get(person, {})
        for name in names:
            there, here = counted.get(name, 0), stored.get(person, {}).get(name, 0)
            if there != here:
                yield Drift(batch.pk, name, there, here, person=person)


def _by_person(rows: QuerySet, **counts: object) -> dict[str, dict[str, int]]:
    return {
        person: dict(zip(counts, values, strict=True))
        for person, *values in rows.order_by().annotate(**counts)
    }


def _missing_labels(batch: Batch) -> Iterator[Drift]:
    unfinished = (
        Assignment.objects.filter(
            task=OuterRef("pk"),
            stage=Stage.ANNOTATE,
            round=OuterRef("round"),
            state__in=[Assignment.State.OPEN, Assignment.State.LEASED],
        )
        .order_by()
        .values("task")
        .annotate(count=Count("pk"))
    )
    counted = Coalesce(Subquery(unfinished.values("count")), 0, output_field=IntegerField())
    wrong = (
        Task.objects.filter(batch=batch)
        .annotate(counted=counted)
        .exclude(labels_missing=F("counted"))
    )
    for task in wrong.order_by("pk")[:TASKS_SHOWN]:
        yield Drift(batch.pk, "labels_missing", task.counted, task.labels_missing, task=task.pk)


def _mend(batch: Batch, drift: Drift) -> None:
    if drift.task:
        Task.objects.filter(pk=drift.task).update(labels_missing=drift.counted)
        return
    change = {drift.name: drift.counted - drift.stored}
    if not drift.person:
        tallies.add(batch.pk, None, **change)
        return
    person = User.objects.get(username=drift.person)
    tallies.add(batch.pk, person.pk, **change)
