"""Which bars of a histogram belong to a cell of the matrix, and the walk along their matches."""

from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.confusion import BACKGROUND, Histogram
from datasets.analysis.judged_parts import Bars

Array = NDArray[Any]


class Outcome(StrEnum):
    """What a number of the class table counts; a wrong match is missed, false, or both."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSED = "missed"
    FALSE = "false"


class Walk(NamedTuple):
    """The bars of a set, the most certain first, and how many matches each has."""

    codes: Array
    counts: Array

    @property
    def total(self) -> int:
        return int(self.counts.sum())


class Stretch(NamedTuple):
    """Bars that are read whole, and then the beginning of one more; 0 where there is none."""

    whole: list[int]
    last: int


def cell_walk(histogram: Histogram, bars: Bars, truth: int, predicted: int) -> Walk:
    """The bars behind one number of the confusion matrix, as `Histogram.cells` counts it.

    >>> pair = Histogram(np.array([[1, 2, 90, 14, 3]], np.int32))
    >>> [cell_walk(pair, Bars(0, step), 1, 2).total for step in (10, 15)]
    [3, 0]
    >>> [cell_walk(pair, Bars(0, 15), *cell).total for cell in ((1, 0), (0, 2))]
    [3, 3]
    """
    is_said, is_pair = histogram.judged(*bars)
    truths, said = histogram.rows[:, 0], histogram.rows[:, 1]
    if truth == BACKGROUND:
        return _walk(histogram, (said == predicted) & is_said & ~is_pair)
    if predicted == BACKGROUND:
        return _walk(histogram, (truths == truth) & ~is_pair)
    return _walk(histogram, (truths == truth) & (said == predicted) & is_pair)


def outcome_walk(histogram: Histogram, bars: Bars, outcome: Outcome, code: int | None) -> Walk:
    """The bars behind a number of the class table, or of all classes together.

    >>> pair = Histogram(np.array([[1, 2, 90, 14, 3]], np.int32))
    >>> [outcome_walk(pair, Bars(0, 0), outcome, None).total for outcome in Outcome]
    [0, 3, 3, 3]
    >>> [outcome_walk(pair, Bars(0, 0), outcome, 2).total for outcome in Outcome]
    [0, 3, 0, 3]
    """
    is_said, is_pair = histogram.judged(*bars)
    truths, said = histogram.rows[:, 0], histogram.rows[:, 1]
    is_right = is_pair & (truths == said)
    is_missed, is_false = (truths > BACKGROUND) & ~is_right, is_said & ~is_right
    if code is not None:
        is_right &= truths == code
        is_missed &= truths == code
        is_false &= said == code
    chosen = {
        Outcome.RIGHT: is_right,
        Outcome.WRONG: is_missed | is_false,
        Outcome.MISSED: is_missed,
        Outcome.FALSE: is_false,
    }
    return _walk(histogram, chosen[outcome])


def next_stretch(walk: Walk, after: int, size: int) -> Stretch:
    """The bars after a code that together have at least `size` matches, as far as there are any.

    >>> walk = Walk(np.array([3, 5, 8, 9]), np.array([2, 2, 900, 1]))
    >>> next_stretch(walk, 3, 60)
    Stretch(whole=[5], last=8)
    >>> next_stretch(walk, 8, 60)
    Stretch(whole=[9], last=0)
    """
    first = int(np.searchsorted(walk.codes, after, "right"))
    sums = np.cumsum(walk.counts[first:])
    whole = int(np.searchsorted(sums, size, "left"))
    codes = walk.codes[first:].tolist()
    return Stretch(codes[:whole], codes[whole] if whole < len(codes) else 0)


def _walk(histogram: Histogram, chosen: Array) -> Walk:
    return Walk(*histogram.codes(chosen))
