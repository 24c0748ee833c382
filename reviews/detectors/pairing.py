"""Objects that overlap, and which prediction greedily takes which label, many pictures at once."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
# So many pairs of objects of one picture are held against each other at once.
PAIRS_AT_ONCE = 2_000_000


class Objects(NamedTuple):
    """The objects of many pictures, picture by picture in rising order of `pictures`.

    Classes are numbers from 1; labels have the score 1. Corners are x1, y1, x2, y2; what has none
    (a line, an outline) has four zeros, which overlap with nothing.
    """

    pictures: Array
    classes: Array
    scores: Array
    corners: Array


class Pairs(NamedTuple):
    """Places among the labels and among the predictions, and how much the two overlap."""

    truth: Array
    predicted: Array
    overlaps: Array

    def only(self, chosen: Array) -> "Pairs":
        return Pairs(*(column[chosen] for column in self))


def near_pairs(truth: Objects, predicted: Objects, least: float) -> Pairs:
    """All labels and predictions of the same picture whose frames overlap by `least`, as IoU.

    >>> box = Objects(np.array([4]), np.array([1]), np.ones(1), np.array([[0.0, 0, 2, 2]]))
    >>> half = box._replace(corners=np.array([[0.0, 0, 2, 1]]))
    >>> near_pairs(box, half, 0.1).overlaps.tolist()
    [0.5]
    >>> len(near_pairs(box, half._replace(pictures=np.array([5])), 0.1).overlaps)
    0
    """
    first = np.searchsorted(truth.pictures, predicted.pictures, "left")
    counts = np.searchsorted(truth.pictures, predicted.pictures, "right") - first
    blocks = [
        _near(truth.corners, predicted.corners, _products(start, first, counts[start:stop]), least)
        for start, stop in _blocks(counts)
    ]
    return joined(blocks)


def joined(pairs: list[Pairs]) -> Pairs:
    if not pairs:
        return Pairs(np.zeros(0, int), np.zeros(0, int), np.zeros(0))
    return Pairs(*(np.concatenate(columns) for columns in zip(*pairs, strict=True)))


def turns_of(groups: Array, scores: Array) -> Array:
    """The place of each prediction in its group, most certain first; as they stand where alike.

    >>> turns_of(np.array([7, 7, 9, 7]), np.array([0.2, 0.9, 0.5, 0.2])).tolist()
    [1, 0, 0, 2]
    """
    order = np.lexsort((-scores, groups))
    starts = np.flatnonzero(np.diff(groups[order], prepend=np.nan) != 0)
    sizes = np.diff(starts, append=len(order))
    turns = np.empty(len(order), int)
    turns[order] = np.arange(len(order)) - np.repeat(starts, sizes)
    return turns


def assigned(pairs: Pairs, turns: Array, is_last: Array | None = None) -> Array:
    """The places of the pairs that come about: turn by turn each takes the best free label.

    No two predictions of the same turn may be paired with the same label: those of all pictures
    have their turn at once. Labels for which `is_last`, by pair, are taken only where no other is
    free; of equal ones the later is, as COCO's own program does.

    >>> near = Pairs(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([0.9, 0.8, 0.3]))
    >>> assigned(near, np.array([0, 1])).tolist()
    [0, 2]
    """
    own_turns = turns[pairs.predicted]
    last = np.zeros(len(own_turns), bool) if is_last is None else is_last
    order = np.lexsort((-pairs.truth, -pairs.overlaps, last, pairs.predicted, own_turns))
    cuts = np.flatnonzero(np.diff(own_turns[order])) + 1
    is_free = np.ones(pairs.truth.max(initial=-1) + 1, bool)
    chosen = []
    for own in np.split(order, cuts):
        possible = own[is_free[pairs.truth[own]]]
        taken = possible[np.diff(pairs.predicted[possible], prepend=-1) != 0]
        is_free[pairs.truth[taken]] = False
        chosen.append(taken)
    return np.concatenate(chosen)


def _blocks(counts: Array) -> Iterator[tuple[int, int]]:
    """Stretches of predictions that have not too many labels beside them all together."""
    ends = np.cumsum(counts)
    start = 0
    while start < len(counts):
        before = ends[start] - counts[start]
        stop = int(np.searchsorted(ends, before + PAIRS_AT_ONCE, "right"))
        yield start, max(stop, start + 1)
        start = max(stop, start + 1)


def _products(start: int, first: Array, counts: Array) -> tuple[Array, Array]:
    """Each prediction of a block beside each label of its picture."""
    places = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
    return first[start + places] + within, start + places


def _near(labels: Array, said: Array, places: tuple[Array, Array], least: float) -> Pairs:
    truth, predicted = places
    a, b = labels[truth], said[predicted]
    sides = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    shared = np.prod(np.maximum(sides, 0), axis=1)
    areas = [np.prod(found[:, 2:] - found[:, :2], axis=1) for found in (a, b)]
    union = areas[0] + areas[1] - shared
    overlaps = np.divide(shared, union, out=np.zeros(len(shared)), where=union > 0)
    return Pairs(truth, predicted, overlaps).only(overlaps >= least)
