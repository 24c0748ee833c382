"""Proves the running counts by counting anew, and mends them where they drifted.

Work goes on meanwhile. So each comparison is one statement, which sees one moment, and a count is
mended by its difference, which stays right whatever is added to it before and after.
"""

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from labelops.accounts.models import User
from labelops.audit.services import record
from tasks.models import WORK_STATES, Annotation, Assignment, Batch, BatchTally, Stage, Task
from tasks.services import slots, tallies

logger = logging.getLogger(__name__)

STATES = [f"{state.value}_count" for state in WORK_STATES]
OF_PEOPLE = ["annotation_count", "active_ms", "skip_count", "expired_count"]
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
    columns = {}
    for state in WORK_STATES:
        name = f"{state.value}_count"
        rows = Task.objects.filter(batch=OuterRef("pk"), state=state)
        columns[f"counted_{name}"] = _over(rows, "batch", Count("pk"))
        columns[f"stored_{name}"] = _over(_own_tallies(), "batch", Sum(name))
    values = Batch.objects.filter(pk=batch.pk).order_by().values(**columns).get()
    for name in STATES:
        counted, stored = values[f"counted_{name}"], values[f"stored_{name}"]
        if counted != stored:
            yield Drift(batch.pk, name, counted, stored)


def _own_tallies() -> QuerySet[BatchTally]:
    return BatchTally.objects.filter(batch=OuterRef("pk"))


def _people(batch: Batch) -> Iterator[Drift]:
    answers = Annotation.objects.filter(author=OuterRef("pk"), assignment__batch=batch)
    slots = Assignment.objects.filter(annotator=OuterRef("pk"), batch=batch)
    skipped = slots.filter(state=Assignment.State.SKIPPED, stage=Stage.ANNOTATE)
    expired = slots.filter(state=Assignment.State.EXPIRED)
    tally = BatchTally.objects.filter(person=OuterRef("pk"), batch=batch)
    columns = {
        "counted_annotation_count": _over(answers, "author", Count("pk")),
        "counted_active_ms": _over(answers, "author", Sum("active_ms")),
        "counted_skip_count": _over(skipped, "annotator", Count("pk")),
        "counted_expired_count": _over(expired, "annotator", Count("pk")),
    }
    columns |= {f"stored_{name}": _over(tally, "person", Sum(name)) for name in OF_PEOPLE}
    people = User.objects.filter(Q(Exists(slots)) | Q(Exists(tally)))
    for person in people.order_by("username").values("username", **columns):
        for name in OF_PEOPLE:
            counted, stored = person[f"counted_{name}"], person[f"stored_{name}"]
            if counted != stored:
                yield Drift(batch.pk, name, counted, stored, person=person["username"])


def _over(rows: QuerySet, group: str, figure: Count | Sum) -> Coalesce:
    """One figure over the rows of a subquery, 0 when there is none."""
    counted = rows.order_by().values(group).annotate(figure=figure).values("figure")
    return Coalesce(Subquery(counted), 0, output_field=IntegerField())


def _missing_labels(batch: Batch) -> Iterator[Drift]:
    unfinished = Assignment.objects.filter(
        task=OuterRef("pk"),
        stage=Stage.ANNOTATE,
        round=OuterRef("round"),
        state__in=slots.UNFINISHED,
    )
    tasks = Task.objects.filter(batch=batch, state__in=WORK_STATES).annotate(
        counted=_over(unfinished, "task", Count("pk"))
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
