"""Two evaluations of the same labels beside each other: what one repairs, and what it breaks."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.judged_parts import Bars, Part, failures, right_matches

Array = NDArray[Any]
# More labels an item has not, nor more classes.
LABELS_MOST = 2**16


class Change(StrEnum):
    """Of what is right or wrong before and after."""

    FIXED = "fixed"
    BROKEN = "broken"
    RIGHT = "right"
    WRONG = "wrong"


# By right before and right after.
CHANGES = {
    (False, True): Change.FIXED,
    (True, False): Change.BROKEN,
    (True, True): Change.RIGHT,
    (False, False): Change.WRONG,
}


class Side(NamedTuple):
    """A part of one evaluation, its thresholds, and the names of its classes."""

    part: Part
    bars: Bars
    classes: Sequence[str]


def items_by_change(before: Side, after: Side) -> dict[Change, Array]:
    """The items of which both models said something; right is one without any mistake.

    >>> before, after = _one(code=2), _one(code=1)
    >>> {change.value: items.tolist() for change, items in items_by_change(before, after).items()}
    {'fixed': [7], 'broken': [], 'right': [], 'wrong': []}
    """
    items, at_before, at_after = np.intersect1d(
        before.part.items, after.part.items, assume_unique=True, return_indices=True
    )
    was_right = failures(before.part, before.bars)[at_before] == 0
    is_right = failures(after.part, after.bars)[at_after] == 0
    return _by_change(items, was_right, is_right)


def labels_by_change(
    before: Side, after: Side, *, only: str = ""
) -> dict[str, dict[Change, Array]]:
    """By class the labels that are found by both, by one of the models, or by none.

    A label is told by its item, which comes once for each of them. `only` names one class, of
    which alone is told.

    >>> labels_by_change(_one(code=1), _one(code=2))["car"][Change.BROKEN].tolist()
    [7]
    """
    first, second = (_labels(side) for side in (before, after))
    keys, at_first, at_second = np.intersect1d(
        first[0], second[0], assume_unique=True, return_indices=True
    )
    codes, was_right, is_right = first[1][at_first], first[2][at_first], second[2][at_second]
    found: dict[str, dict[Change, Array]] = {}
    for code in np.unique(codes).tolist():
        name = before.classes[code - 1]
        if only in ("", name):
            own = codes == code
            items = keys[own] // LABELS_MOST
            found[name] = _by_change(items, was_right[own], is_right[own])
    return found


def _by_change(values: Array, was_right: Array, is_right: Array) -> dict[Change, Array]:
    return {
        change: values[(was_right == was) & (is_right == now)]
        for (was, now), change in CHANGES.items()
    }


def _labels(side: Side) -> tuple[Array, Array, Array]:
    """Of each label a number that both evaluations know it by, its class, whether it is found."""
    part = side.part
    own = part.label_places >= 0
    keys = part.match_items[own].astype(np.int64) * LABELS_MOST + part.label_places[own]
    return keys, part.truth[own], right_matches(part, side.bars)[own]


def _one(code: int) -> Side:
    """An item, 7, whose label is a car and whose prediction has that code: for the examples."""
    columns = (np.array([value]) for value in (7, 7, 0, 1, code, 10_000, 10_000))
    return Side(Part(*columns), Bars(0, 10), ["car", "bus"])
