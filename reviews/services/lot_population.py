"""The labels of a lot: accepted ones that no accepted lot has covered yet, the oldest first.

A vendor's lot takes a label when every answer behind it is by people who are in that team now;
labels that several teams have made together are in lots of the whole batch only.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import F
from numpy.typing import NDArray

from labelops.accounts.models import Team
from reviews.models import Lot
from reviews.services.references import BY_EXPERTS
from tasks.models import Annotation, Batch, LabelClass, Task

CHUNK = 2_000


@dataclass(frozen=True)
class Stratum:
    """Labels that name the same classes and rest on answers by the same people."""

    classes: tuple[tuple[str, str], ...]
    people: tuple[int, ...]


@dataclass(frozen=True)
class _Covered:
    """An accepted lot; labels that were made anew after its draw are not covered by it."""

    members: NDArray[np.int64]
    drawn_at: datetime


Strata = dict[Stratum, list[int]]


def collect(batch: Batch, team: Team | None, *, most: int) -> Strata:
    """The tasks of the next lot by stratum, at most so many; walked by key, chunk by chunk."""
    members = None if team is None else set(team.memberships.values_list("user", flat=True))
    strata: Strata = defaultdict(list)
    room = most
    for ids in _uncovered(batch):
        people, classes = _people(ids), _classes(ids)
        for task_id in ids:
            who = tuple(sorted(people[task_id]))
            if members is not None and not (who and members.issuperset(who)):
                continue
            if room == 0:
                return dict(strata)
            strata[Stratum(tuple(sorted(classes[task_id])), who)].append(task_id)
            room -= 1
    return dict(strata)


def _uncovered(batch: Batch) -> Iterator[list[int]]:
    accepted = Task.objects.filter(batch=batch, state=Task.State.ACCEPTED).order_by("pk")
    covered = [
        _Covered(lot.members, lot.opened_at)
        for lot in Lot.objects.filter(batch=batch, state=Lot.State.ACCEPTED)
    ]
    last = 0
    while rows := list(
        accepted.filter(pk__gt=last).values_list("pk", "settled_at", "result_source")[:CHUNK]
    ):
        last = rows[-1][0]
        ids = np.array([pk for pk, _settled_at, _source in rows])
        is_free = np.ones(len(rows), dtype=bool)
        for lot in covered:
            is_old = [source in BY_EXPERTS or at <= lot.drawn_at for _pk, at, source in rows]
            is_free &= ~(np.isin(ids, lot.members) & np.array(is_old))
        yield ids[is_free].tolist()


def _people(task_ids: list[int]) -> defaultdict[int, set[int]]:
    """Who answered in the round that the label was made of."""
    rows = Annotation.objects.filter(task__in=task_ids, assignment__round=F("task__round"))
    found: defaultdict[int, set[int]] = defaultdict(set)
    for task_id, author_id in rows.values_list("task", "author"):
        found[task_id].add(author_id)
    return found


def _classes(task_ids: list[int]) -> defaultdict[int, set[tuple[str, str]]]:
    rows = LabelClass.objects.filter(task__in=task_ids).values_list("task", "control", "value")
    found: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)
    for task_id, control, value in rows:
        found[task_id].add((control, value))
    return found
