"""Clusters: which of the objects that different people drew are one and the same thing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviews.quality.stretches import stretch_likeness
from tasks.kinds.likeness import labels_alike, shape_likeness

THRESHOLD = 0.5
LEFTOVER_THRESHOLD = 0.4
LABEL_SHARE = 0.1

Objects = Sequence[dict[str, Any]]
Likeness = Callable[[Objects, Objects], NDArray[Any]]
Member = tuple[int, int]
# By the type of a control whose answers are objects.
LIKENESS: dict[str, Likeness] = {"shapes": shape_likeness, "spans": stretch_likeness}


@dataclass(frozen=True)
class Voice:
    """What one person marked on an item; `source` says who, `weight` is above zero."""

    source: int
    weight: float
    objects: Objects


@dataclass(frozen=True)
class Cluster:
    """Objects of different people that are one thing, as (voice, object) indices in order.

    `least` is the smallest likeness between two of them, 1 where there is only one.
    """

    members: tuple[Member, ...]
    least: float


def clusters(voices: Sequence[Voice], likeness: Likeness) -> list[Cluster]:
    """Groups of objects with at most one of each voice; every object is in exactly one.

    Pairs of different voices that are at least 0.5 alike, whatever their labels, are taken by
    falling 0.9 likeness + 0.1 [same label]; two groups merge when no voice would be in twice and
    their mean likeness across is at least 0.5. Equal pairs are taken in the order of the voices.
    Then what only one person drew joins a group at 0.4: two people saw something there, and how
    it lies is the question, not whether it is.

    >>> from tasks.kinds.likeness import shape_likeness
    >>> drawn = [{"label": "car", "box": [x, 0, 10, 10]} for x in (0, 50, 1)]
    >>> voices = [Voice(1, 1.0, drawn[:2]), Voice(2, 1.0, drawn[2:])]
    >>> [cluster.members for cluster in clusters(voices, shape_likeness)]
    [((0, 0), (1, 0)), ((0, 1),)]
    """
    alike = {
        (first, second): likeness(voices[first].objects, voices[second].objects)
        for first in range(len(voices))
        for second in range(first + 1, len(voices))
    }
    groups = {
        (number, index): [(number, index)]
        for number, voice in enumerate(voices)
        for index in range(len(voice.objects))
    }
    for threshold in (THRESHOLD, LEFTOVER_THRESHOLD):
        for first, second in _pairs(voices, alike, threshold):
            one, other = groups[first], groups[second]
            is_leftover = min(len(one), len(other)) == 1
            if one is other or not (is_leftover or threshold == THRESHOLD):
                continue
            if _may_merge(alike, one, other, threshold):
                joined = sorted(one + other)
                groups.update(dict.fromkeys(joined, joined))
    firsts = [group for member, group in groups.items() if member == group[0]]
    return [Cluster(tuple(group), _least(alike, group)) for group in firsts]


def _may_merge(
    alike: dict[Member, NDArray[Any]],
    one: Sequence[Member],
    other: Sequence[Member],
    threshold: float,
) -> bool:
    if {voice for voice, _ in one} & {voice for voice, _ in other}:
        return False
    across = [_alike(alike, a, b) for a in one for b in other]
    return sum(across) >= threshold * len(across)


def _pairs(
    voices: Sequence[Voice], alike: dict[Member, NDArray[Any]], threshold: float
) -> Iterator[tuple[Member, Member]]:
    """The pairs above the threshold as (voice, object) each, the most alike first."""
    found = []
    for (first, second), matrix in alike.items():
        if not matrix.size:
            continue
        rows, columns = np.nonzero(matrix >= threshold)
        same = labels_alike(voices[first].objects, voices[second].objects)[rows, columns]
        score = (1 - LABEL_SHARE) * matrix[rows, columns] + LABEL_SHARE * same
        number = np.full(len(rows), first), np.full(len(rows), second)
        found.append(np.stack([-score, number[0], rows, number[1], columns]))
    if found:
        table = np.hstack(found)
        for column in np.lexsort(table[::-1]):
            first, row, second, other = (int(entry) for entry in table[1:, column])
            yield (first, row), (second, other)


def _alike(alike: dict[Member, NDArray[Any]], a: Member, b: Member) -> float:
    (first, row), (second, column) = min(a, b), max(a, b)
    return float(alike[first, second][row, column])


def _least(alike: dict[Member, NDArray[Any]], group: Sequence[Member]) -> float:
    pairs = [_alike(alike, a, b) for index, a in enumerate(group) for b in group[:index]]
    return min(pairs, default=1.0)
