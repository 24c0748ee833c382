"""Proves the quality sums by counting every task of a batch anew, and mends them.

Those of a whole project are held against the sums of its batches.

Labels go on coming meanwhile. Comparing looks at one moment of the database and holds nobody up; a
task that changed since it was counted is compared as it was then, for the next count is what brings
it up to date. Mending keeps other counts of the project waiting.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from django.db import DEFAULT_DB_ALIAS, models, transaction

from labelops.audit.services import record
from reviews.models import CountedTask, PurgedWork, RollupState, TaskChange
from reviews.quality.contributions import (
    WORK,
    Key,
    Sums,
    TaskFacts,
    add_contribution,
    difference,
    unpack,
)
from reviews.services import rollups
from reviews.services.rollup_facts import Reader
from tasks.models import Annotation, Batch, Project
from tasks.services.snapshots import read_snapshot

logger = logging.getLogger(__name__)

CHUNK = 2_000
# Of each batch: when all have drifted, a few say so as well.
LOGGED = 20
Place = tuple[str, Key]


@dataclass(frozen=True)
class Drift:
    """A sum that is not what the labels say; `key` is that of its row.

    `batch` is None for a sum of the whole project.
    """

    batch: int | None
    table: str
    key: str
    name: str
    counted: int
    stored: int

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def recount(batch: Batch, *, fix: bool = False) -> list[Drift]:
    """Compare every sum of a batch with its labels; with `fix`, mend what differs."""
    if not fix:
        with read_snapshot() as using:
            counted = _count(batch, using)
            return [drift for drift, _place in _compare_batch(batch, counted, using)]
    with _locked(batch.project_id):
        counted = _count(batch, DEFAULT_DB_ALIAS, fix=True)
        found = list(_compare_batch(batch, counted, DEFAULT_DB_ALIAS))
        rollups.add(_changes(found))
        if found:
            record(None, "batch.quality_recounted", batch, after={"drift": len(found)})
    return [drift for drift, _place in found]


def recount_project(project: Project, *, fix: bool = False) -> list[Drift]:
    """Compare every sum of the whole project with those of its batches; with `fix`, mend them."""
    if not fix:
        with read_snapshot() as using:
            return [drift for drift, _place in _compare_project(project, using)]
    with _locked(project.pk):
        found = list(_compare_project(project, DEFAULT_DB_ALIAS))
        changes = _changes(found)
        for table in rollups.PROJECT_MODELS:
            rollups.add_to(table, {key: changes[of, key] for of, key in changes if of == table})
        if found:
            record(None, "project.quality_recounted", project, after={"drift": len(found)})
    return [drift for drift, _place in found]


@contextmanager
def _locked(project: int) -> Iterator[None]:
    with transaction.atomic():
        RollupState.objects.get_or_create(project_id=project)
        RollupState.objects.select_for_update().get(project=project)
        yield


def _changes(found: list[tuple[Drift, Place]]) -> Sums:
    changes: Sums = defaultdict(Counter)
    for drift, place in found:
        changes[place][drift.name] = drift.counted - drift.stored
    return changes


def report_drift() -> int:
    """Log every drift there is; a person decides whether to mend it. Returns how many."""
    count = 0
    for project in Project.objects.order_by("pk"):
        for batch in project.batches.order_by("pk"):
            count += _log(f"Batch {batch.pk}", recount(batch))
        count += _log(f"Project {project.pk}", recount_project(project))
    return count


def _log(place: str, found: list[Drift]) -> int:
    for drift in found[:LOGGED]:
        logger.error("A quality sum drifted: %s", drift)
    if len(found) > LOGGED:
        logger.error("%s: %s sums drifted in all", place, len(found))
    return len(found)


def _count(batch: Batch, using: str, *, fix: bool = False) -> Sums:
    """What all tasks of the batch add. With `fix` that is also stored of each of them."""
    reader = Reader(using)
    sums: Sums = defaultdict(Counter)
    for ids in _chunks(batch, using):
        rows = CountedTask.objects.using(using).filter(pk__in=ids)
        counted = {task: unpack(facts) for task, facts in rows.values_list("pk", "facts")}
        noted = TaskChange.objects.using(using).filter(task__in=ids)
        waiting = set() if fix else set(noted.values_list("task", flat=True))
        changed: dict[int, tuple[int, TaskFacts]] = {}
        for task, (_batch, new) in reader.read(ids, counted).items():
            if new != counted.get(task):
                changed[task] = batch.pk, new
            shown = counted.get(task) if task in waiting else new
            if shown is not None:
                add_contribution(sums, task, batch.pk, shown)
        if fix:
            rollups.store_counted(changed)
    for row in PurgedWork.objects.using(using).filter(batch=batch):
        sums[WORK, rollups.key_of(WORK, row)].update(_columns(WORK, row))
    return sums


def _chunks(batch: Batch, using: str) -> Iterator[list[int]]:
    """The tasks of a batch that have or had labels, in turn."""
    last = 0
    while True:
        made = Annotation.everything.using(using).filter(task__batch=batch, task__gt=last)
        counted = CountedTask.objects.using(using).filter(batch=batch, task__gt=last)
        ids = sorted(
            {
                *made.order_by("task").values_list("task", flat=True).distinct()[:CHUNK],
                *counted.order_by("task").values_list("task", flat=True)[:CHUNK],
            }
        )[:CHUNK]
        if not ids:
            return
        yield ids
        last = ids[-1]


def _compare_batch(batch: Batch, counted: Sums, using: str) -> Iterator[tuple[Drift, Place]]:
    stored = {
        (table, rollups.key_of(table, row)): _columns(table, row)
        for table, model in rollups.MODELS.items()
        for row in model._default_manager.using(using).filter(batch=batch)
    }
    return _drifts(batch.pk, counted, stored)


def _compare_project(project: Project, using: str) -> Iterator[tuple[Drift, Place]]:
    counted: Sums = defaultdict(Counter)
    stored: Sums = {}
    for part, table in rollups.OF_PROJECT.items():
        rows = rollups.MODELS[part]._default_manager.using(using)
        for row in rows.filter(batch__project=project).iterator():
            key = (project.pk, *rollups.key_of(part, row)[1:])
            counted[table, key].update(_columns(part, row))
        sums = rollups.PROJECT_MODELS[table]._default_manager.using(using)
        for row in sums.filter(project=project).iterator():
            stored[table, rollups.key_of(table, row)] = _columns(table, row)
    return _drifts(None, counted, stored)


def _columns(table: str, row: models.Model) -> Counter[str]:
    return Counter({name: getattr(row, name) for name in rollups.sum_columns(table)})


def _drifts(batch: int | None, counted: Sums, stored: Sums) -> Iterator[tuple[Drift, Place]]:
    for table, key, changes in sorted(difference(stored, counted), key=str):
        shown = "/".join(str(part) for part in key[1:])
        for name in sorted(changes):
            value = stored.get((table, key), Counter())[name]
            drift = Drift(batch, table, shown, name, value + changes[name], value)
            yield drift, (table, key)
