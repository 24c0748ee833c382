"""Two evaluations of the same labels beside each other: what one repairs, and what it breaks."""

import io
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.judged_parts import Bars, Part, failures, right_matches

Array = NDArray[Any]
# More labels an item has not.
LABELS_MOST = 2**16
# Stands for the items as a whole where classes are counted; the codes of classes begin at 1.
WHOLE = 0


class Change(StrEnum):
    """Of what is right or wrong before and after."""

    FIXED = "fixed"
    BROKEN = "broken"
    RIGHT = "right"
    WRONG = "wrong"


# Each at the place that it is counted at: right before + twice right after.
CHANGES = (Change.WRONG, Change.BROKEN, Change.FIXED, Change.RIGHT)


class Side(NamedTuple):
    """A part of one evaluation, and the thresholds that it is looked at by."""

    part: Part
    bars: Bars


class Changed(NamedTuple):
    """A row for each item as a whole, and one for each of its labels.

    Items are numbers, classes codes of the former evaluation or `WHOLE`, changes places in CHANGES.
    """

    items: Array
    classes: Array
    changes: Array

    def items_of(self, code: int, change: Change) -> list[int]:
        """Each once, in order."""
        own = (self.classes == code) & (self.changes == CHANGES.index(change))
        return np.unique(self.items[own]).tolist()


class Tally(NamedTuple):
    """By class and change: how many labels, of how many items, and which parts have any."""

    labels: Array
    items: Array
    parts: Array

    def parts_with(self, code: int, change: Change) -> list[int]:
        """The numbers of the parts, which begin at 1."""
        return (np.flatnonzero(self.parts[:, code, CHANGES.index(change)]) + 1).tolist()


def changed(before: Side, after: Side) -> Changed:
    """Of the items of which both models said something; one is right without any mistake.

    A label is right when it is found.

    >>> found = changed(_one(code=2), _one(code=1))
    >>> found.items_of(WHOLE, Change.FIXED), found.items_of(1, Change.FIXED)
    ([7], [7])
    >>> found.items_of(WHOLE, Change.BROKEN)
    []
    """
    items, at_before, at_after = np.intersect1d(
        before.part.items, after.part.items, assume_unique=True, return_indices=True
    )
    is_right = [
        failures(side.part, side.bars)[places] == 0
        for side, places in ((before, at_before), (after, at_after))
    ]
    labels = [_labels(side) for side in (before, after)]
    keys, at_before, at_after = np.intersect1d(
        labels[0][0], labels[1][0], assume_unique=True, return_indices=True
    )
    is_found = labels[0][2][at_before], labels[1][2][at_after]
    return Changed(
        np.concatenate([items, keys // LABELS_MOST]),
        np.concatenate([np.full(len(items), WHOLE), labels[0][1][at_before]]),
        np.concatenate([_places(*is_right), _places(*is_found)]),
    )


def no_tally(class_count: int) -> Tally:
    shape = (class_count + 1, len(CHANGES))
    return Tally(np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros((0, *shape), bool))


def with_more(tally: Tally, parts: Iterable[Changed]) -> Tally:
    """The tally with the parts that follow.

    >>> tally = with_more(no_tally(2), [changed(_one(code=2), _one(code=1))] * 2)
    >>> tally.labels[1].tolist(), tally.items[WHOLE].tolist()
    ([0, 0, 2, 0], [0, 0, 2, 0])
    >>> tally.parts_with(1, Change.FIXED), tally.parts_with(2, Change.FIXED)
    ([1, 2], [])
    >>> read(packed(tally)).parts_with(1, Change.FIXED)
    [1, 2]
    """
    shape, size = tally.labels.shape, tally.labels.size
    labels, items, has_any = tally.labels, tally.items, [tally.parts]
    for part in parts:
        kinds = part.classes * len(CHANGES) + part.changes
        once = np.unique(part.items * size + kinds) % size
        counted = np.bincount(kinds, minlength=size).reshape(shape)
        labels = labels + counted
        items = items + np.bincount(once, minlength=size).reshape(shape)
        has_any.append(counted[np.newaxis] > 0)
    return Tally(labels, items, np.concatenate(has_any))


def packed(tally: Tally) -> bytes:
    """As it is stored; see `with_more`."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **tally._asdict())
    return buffer.getvalue()


def read(stored: bytes) -> Tally:
    with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
        return Tally(*(arrays[name] for name in Tally._fields))


def _places(was_right: Array, is_right: Array) -> Array:
    return was_right + 2 * is_right.astype(np.int64)


def _labels(side: Side) -> tuple[Array, Array, Array]:
    """Of each label a number that both evaluations know it by, its class, whether it is found."""
    part = side.part
    own = part.label_places >= 0
    keys = part.match_items[own].astype(np.int64) * LABELS_MOST + part.label_places[own]
    return keys, part.truth[own].astype(np.int64), right_matches(part, side.bars)[own]


def _one(code: int) -> Side:
    """An item, 7, whose label is of class 1 and whose prediction has that code: for examples."""
    columns = (np.array([value]) for value in (7, 7, 0, 1, code, 10_000, 10_000))
    return Side(Part(*columns), Bars(0, 10))
