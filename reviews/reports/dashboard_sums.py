"""Reads the quality sums of a project's batches under the filters of a dashboard.

Nothing here reads a label.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db.models import Model, QuerySet, Sum
from numpy.typing import NDArray

from reviews.models import (
    ClassRollup,
    ItemRollup,
    PairRollup,
    PersonRollup,
    ProjectClassRollup,
    ProjectPairRollup,
)
from reviews.quality.contributions import GROUPS, MILLION
from reviews.reports.dashboard_filters import Chosen
from tasks.models import Project

Sums = Counter[str]


@dataclass(frozen=True)
class ClassSums:
    """By group and class, what the alpha rests on; by class, its sums."""

    classes: list[str]
    pairable: NDArray[Any]
    coincident: NDArray[Any]
    sums: dict[str, Sums]


NO_CLASSES = ClassSums([], np.zeros((GROUPS, 0)), np.zeros((GROUPS, 0)), {})


def by_batch_and_week(batches: Collection[int], chosen: Chosen) -> dict[tuple[int, date], Sums]:
    """Of all items; of a vendor's labels; or of the items with a class."""
    if chosen.team:
        rows = rollups(PersonRollup, batches, chosen).filter(team=chosen.team)
        columns = ("labels", "shared", "agreement", "squares", "measured", "right")
    elif chosen.label:
        rows = rollups(ClassRollup, batches, chosen).filter(label_class=chosen.label)
        columns = ("labels", "shared", "agreement", "squares", "measured", "right")
    else:
        rows = rollups(ItemRollup, batches, chosen)
        columns = ("items", "shared", "agreement", "squares", "assessed", "sampled", "wrong")
    return _summed(rows, ("batch", "week"), columns)


def by_class(project: Project, chosen: Chosen) -> ClassSums:
    columns = (
        *("labels", "shared", "pairable", "coincident"),
        *("agreement", "squares", "measured", "right"),
    )
    found = _batch_or_project(ClassRollup, ProjectClassRollup, project, chosen)
    rows = _summed(found, ("group", "label_class"), columns)
    classes = sorted({name for _group, name in rows})
    place = {name: number for number, name in enumerate(classes)}
    pairable = np.zeros((GROUPS, len(classes)))
    coincident = np.zeros((GROUPS, len(classes)))
    sums: dict[str, list[Sums]] = defaultdict(list)
    for (group, name), found in rows.items():
        pairable[group, place[name]] = found["pairable"]
        coincident[group, place[name]] = found["coincident"] / MILLION
        sums[name].append(found)
    by_name = {name: added_up(found) for name, found in sums.items()}
    return ClassSums(classes, pairable, coincident, by_name)


def by_person(batches: Collection[int], chosen: Chosen) -> dict[tuple[int, int | None], Sums]:
    rows = rollups(PersonRollup, batches, chosen)
    if chosen.team:
        rows = rows.filter(team=chosen.team)
    columns = (
        *("labels", "shared", "agreement", "squares", "accepted", "fixed", "rejected"),
        *("measured", "right", "timed", "active_ms"),
    )
    return _summed(rows, ("person", "team"), columns)


def pairs(project: Project, chosen: Chosen) -> dict[str, Counter[tuple[str, str]]]:
    """By kind, how often two classes met."""
    kept = _batch_or_project(PairRollup, ProjectPairRollup, project, chosen)
    rows = _summed(kept, ("kind", "first", "second"), ("pairs",))
    found: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for (kind, first, second), sums in rows.items():
        if sums["pairs"] and chosen.label in ("", first, second):
            found[kind][first, second] = sums["pairs"]
    return found


def rollups(model: type[Model], batches: Collection[int], chosen: Chosen) -> QuerySet:
    """The rows of these batches: named ones spare the database a join of every row."""
    wanted = [chosen.batch.pk] if chosen.batch else batches
    return _lately(model._default_manager.filter(batch__in=wanted), chosen)


def _batch_or_project(
    of_batches: type[Model], of_projects: type[Model], project: Project, chosen: Chosen
) -> QuerySet:
    if chosen.batch:
        return rollups(of_batches, [], chosen)
    return _lately(of_projects._default_manager.filter(project=project), chosen)


def _lately(rows: QuerySet, chosen: Chosen) -> QuerySet:
    return rows.filter(week__gte=chosen.since) if chosen.since else rows


def _summed(rows: QuerySet, keys: tuple[str, ...], columns: tuple[str, ...]) -> dict[Any, Sums]:
    found = (
        rows.order_by()
        .values_list(*keys)
        .annotate(**{f"{name}_sum": Sum(name) for name in columns})
    )
    return {row[: len(keys)]: _counted(columns, row[len(keys) :]) for row in found}


def _counted(columns: tuple[str, ...], values: tuple[int, ...]) -> Sums:
    made: Sums = Counter()
    dict.update(made, zip(columns, values, strict=True))
    return made


def added_up(rows: Iterable[Sums]) -> Sums:
    """The sums of all: quicker than `sum`, which makes a new counter with each."""
    total: Sums = Counter()
    for row in rows:
        for name, value in row.items():
            total[name] += value
    return total
