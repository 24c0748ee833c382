"""Counts of a model's right and wrong at any thresholds, without reading its matches again.

A histogram of (truth, predicted, step of the score, step of the overlap) is small, whatever the
number of matches. Classes are numbers from 1, and 0 is the background: nothing is there.
"""

import zlib
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labelops.intervals import Interval, wilson

Array = NDArray[Any]
BACKGROUND = 0
# Scores and overlaps are kept in ten thousandths, rounded down: what is at least a threshold
# before is so afterwards.
PARTS = 10_000
# The least difference that is none, as 0.29 * 10,000 is a little less than 2,900.
ROUNDING = 1e-6
SCORE_STEPS, OVERLAP_STEPS = 100, 20
CLASSES_MOST = 10_000
SHAPE = (SCORE_STEPS + 1, CLASSES_MOST + 1, CLASSES_MOST + 1, OVERLAP_STEPS + 1)


class Cells(NamedTuple):
    """The cells of a confusion matrix that are not empty."""

    truth: Array
    predicted: Array
    counts: Array


class Share(NamedTuple):
    """A share of `n`, with its 95 % interval; both are None without any."""

    value: float | None
    n: int
    interval: Interval | None


class ClassCounts(NamedTuple):
    """What is right of a class, what of its labels is missed, and what is wrongly called so."""

    right: int
    missed: int
    false: int

    @property
    def precision(self) -> Share:
        """right / (right + false): of what is called so."""
        return share(self.right, self.right + self.false)

    @property
    def recall(self) -> Share:
        """right / (right + missed): of the labels of the class."""
        return share(self.right, self.right + self.missed)

    @property
    def f1(self) -> Share:
        """2 right / (2 right + missed + false).

        It rises with q = right / (right + missed + false), as 2q / (1 + q): the ends of the
        interval of q, a share, become those of F1.

        >>> ClassCounts(3, 1, 1).f1.value, ClassCounts(0, 0, 0).f1.value
        (0.75, None)
        """
        inner = share(self.right, sum(self))
        if inner.interval is None:
            return inner
        low, high = _f1(inner.interval.low), _f1(inner.interval.high)
        value = 2 * self.right / (2 * self.right + self.missed + self.false)
        return Share(value, inner.n, Interval(low, high))


def share(count: int, n: int) -> Share:
    """With Wilson's interval.

    >>> share(0, 0)
    Share(value=None, n=0, interval=None)
    >>> share(9, 10).value
    0.9
    """
    return Share(count / n if n else None, n, wilson(count, n))


def parts(values: Array) -> Array:
    """Whole ten thousandths, rounded down.

    >>> parts(np.array([0.29, 0.49999, 1.0])).tolist()
    [2900, 4999, 10000]
    """
    return np.floor(np.asarray(values, float) * PARTS + ROUNDING).astype(np.int64)


def cell_codes(truth: Array, predicted: Array, scores: Array, overlaps: Array) -> Array:
    """One number for classes and steps; the more certain a match, the smaller it is.

    >>> one = np.array([1, 1])
    >>> codes = cell_codes(one, one, np.array([90, 91]), one)
    >>> bool(codes[1] < codes[0])
    True
    """
    columns = (SCORE_STEPS - scores, truth, predicted, overlaps)
    return np.ravel_multi_index([np.asarray(column, np.int64) for column in columns], SHAPE)


def steps_of(scores: Array, overlaps: Array) -> tuple[Array, Array]:
    """The steps of ten thousandths.

    >>> [step.tolist() for step in steps_of(np.array([9_099]), np.array([7_499]))]
    [[90], [14]]
    """
    return scores * SCORE_STEPS // PARTS, overlaps * OVERLAP_STEPS // PARTS


class Histogram:
    """How many matches lie in each step of score and overlap: rows of five whole numbers.

    Truth, predicted, step of the score, step of the overlap, count; the most certain first. What
    was missed has a score of 0, and what has no partner an overlap of 0.
    """

    def __init__(self, rows: Array) -> None:
        self.rows = rows

    @classmethod
    def empty(cls) -> "Histogram":
        return cls(np.zeros((0, 5), np.int32))

    def plus(self, truth: Array, predicted: Array, scores: Array, overlaps: Array) -> "Histogram":
        """With matches added; scores and overlaps are given in ten thousandths.

        >>> twice = np.array([1, 1])
        >>> Histogram.empty().plus(twice, twice, 9_050 * twice, 7_499 * twice).rows.tolist()
        [[1, 1, 90, 14, 2]]
        """
        columns = (truth, predicted, *steps_of(scores, overlaps), np.ones(len(truth), int))
        every = np.concatenate([self.rows, np.stack(columns, axis=1)]).astype(np.int64)
        _keys, first, places = np.unique(
            cell_codes(*every[:, :4].T), return_index=True, return_inverse=True
        )
        counts = np.bincount(places, every[:, 4], minlength=len(first))
        return Histogram(np.column_stack([every[first, :4], counts]).astype(np.int32))

    def packed(self) -> bytes:
        """As it is stored.

        >>> one = Histogram(np.array([[1, 0, 0, 0, 7]], np.int32))
        >>> Histogram.unpacked(one.packed()).rows.tolist()
        [[1, 0, 0, 0, 7]]
        """
        return zlib.compress(self.rows.astype("<i4").tobytes())

    @classmethod
    def unpacked(cls, stored: bytes) -> "Histogram":
        """Nothing stored is an empty one: of an evaluation that has not ended."""
        if not stored:
            return cls.empty()
        return cls(np.frombuffer(zlib.decompress(stored), "<i4").reshape(-1, 5))

    def codes(self, chosen: Array) -> tuple[Array, Array]:
        """The codes of some rows, rising, and their counts."""
        columns = self.rows[chosen].T.astype(np.int64)
        return cell_codes(*columns[:4]), columns[4]

    def judged(self, score: int, overlap: int) -> tuple[Array, Array]:
        """Which rows are of predictions that count, and which of these are pairs."""
        truth, predicted, scores, overlaps, _counts = self.rows.T
        is_said = (predicted > 0) & (scores >= score)
        return is_said, is_said & (truth > 0) & (overlaps >= overlap)

    def cells(self, score: int, overlap: int) -> Cells:
        """The confusion matrix at thresholds in steps: from 0 to 100, and from 0 to 20.

        A pair below one of them falls apart into a label that is missed, and a false prediction;
        a prediction below the score does not count.

        >>> pair = Histogram(np.array([[1, 2, 90, 14, 3]], np.int32))
        >>> [column.tolist() for column in pair.cells(50, 10)]
        [[1], [2], [3]]
        >>> [column.tolist() for column in pair.cells(50, 15)]
        [[0, 1], [2, 0], [3, 3]]
        >>> [column.tolist() for column in pair.cells(91, 10)]
        [[1], [0], [3]]
        """
        truth, predicted, _scores, _overlaps, counts = self.rows.T.astype(np.int64)
        is_said, is_pair = self.judged(score, overlap)
        missed = (truth > 0) & ~is_pair
        false = is_said & ~is_pair
        return _summed(
            np.concatenate([truth[is_pair], truth[missed], np.zeros(false.sum(), int)]),
            np.concatenate([predicted[is_pair], np.zeros(missed.sum(), int), predicted[false]]),
            np.concatenate([counts[is_pair], counts[missed], counts[false]]),
        )

    def curve(self, overlap: int) -> list[tuple[int, ClassCounts]]:
        """All classes together at each step of the score where something changes, lowest first.

        >>> pair = Histogram(np.array([[1, 1, 90, 14, 3], [0, 1, 40, 0, 2]], np.int32))
        >>> [(step, tuple(counts)) for step, counts in pair.curve(10)]
        [(0, (3, 0, 2)), (41, (3, 0, 0)), (91, (0, 3, 0))]
        """
        truth, predicted, scores, overlaps, counts = self.rows.T.astype(np.int64)
        label_count = int(counts[truth > 0].sum())
        is_said = predicted > 0
        is_right = is_said & (truth == predicted) & (overlaps >= overlap)
        said, right = (
            np.bincount(scores[chosen], counts[chosen], minlength=SCORE_STEPS + 1)[::-1]
            .cumsum()[::-1]
            .astype(int)
            for chosen in (is_said, is_right)
        )
        found = []
        for step in range(SCORE_STEPS + 2):
            own_said, own_right = (
                int(of[step]) if step <= SCORE_STEPS else 0 for of in (said, right)
            )
            point = ClassCounts(own_right, label_count - own_right, own_said - own_right)
            if not found or found[-1][1] != point:
                found.append((step, point))
        return found


def class_counts(cells: Cells, class_count: int) -> list[ClassCounts]:
    """Of each class, the first one first.

    >>> cells = Cells(np.array([1, 1, 0]), np.array([1, 0, 2]), np.array([5, 2, 1]))
    >>> [tuple(counts) for counts in class_counts(cells, 2)]
    [(5, 2, 0), (0, 0, 1)]
    """
    is_right = (cells.truth == cells.predicted) & (cells.truth > 0)
    width = class_count + 1
    right = np.bincount(cells.truth[is_right], cells.counts[is_right], minlength=width)
    labels = np.bincount(cells.truth, cells.counts, minlength=width)
    said = np.bincount(cells.predicted, cells.counts, minlength=width)
    return [
        ClassCounts(
            int(right[number]),
            int(labels[number] - right[number]),
            int(said[number] - right[number]),
        )
        for number in range(1, width)
    ]


def total(counts: list[ClassCounts]) -> ClassCounts:
    """All objects alike, whatever their class.

    >>> total([ClassCounts(5, 2, 0), ClassCounts(0, 0, 1)])
    ClassCounts(right=5, missed=2, false=1)
    """
    return ClassCounts(*np.array([(0, 0, 0), *counts]).sum(axis=0).tolist())


def _f1(q: float) -> float:
    return 2 * q / (1 + q)


def _summed(truth: Array, predicted: Array, counts: Array) -> Cells:
    width = int(predicted.max(initial=0)) + 1
    keys, places = np.unique(truth * width + predicted, return_inverse=True)
    sums = np.bincount(places, counts, minlength=len(keys)).astype(int)
    return Cells(keys // width, keys % width, sums)
