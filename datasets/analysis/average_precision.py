"""Average precision as COCO has it: figures of the same data are the same as those of pycocotools.

In the order of confidence each prediction of a class takes the best free label of that class in
its picture, at ten overlaps from 0.5 to 0.95 (Lin et al. 2014).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.box_matching import Objects, Pairs, assigned, turns_of

Array = NDArray[Any]
OVERLAPS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
# Of one class in one picture, the most certain ones.
PREDICTIONS_MOST = 100
# In square pixels, both ends included. What lies outside of a range is neither right nor wrong.
EVERYTHING = 1e10
RANGES = {
    "all": (0.0, EVERYTHING),
    "small": (0.0, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, EVERYTHING),
}
BITS = 1 << np.arange(len(OVERLAPS))


class Precision(NamedTuple):
    """Of one class: the mean over overlaps, and those at 0.5 and 0.75; None without labels."""

    mean: float | None
    at_half: float | None
    at_three_quarters: float | None


class PrecisionSums:
    """What is kept of chunk after chunk: of each prediction its score, and where it was right."""

    def __init__(self) -> None:
        self.chunks: list[tuple[Array, ...]] = []
        self.label_counts: dict[str, Array] = {}
        self.ranges = dict(RANGES)

    def add(
        self, truth: Objects, predicted: Objects, pairs: Pairs, *, areas: tuple[Array, Array] | None
    ) -> None:
        """A chunk of whole pictures; pictures come in the order of their numbers.

        `areas` are those of labels and predictions; without them there are no figures by size.
        """
        if areas is None:
            self.ranges = {"all": RANGES["all"]}
            areas = (np.ones(len(truth.classes)), np.ones(len(predicted.classes)))
        width = predicted.classes.max(initial=0) + 1
        turns = turns_of(predicted.pictures * width + predicted.classes, predicted.scores)
        kept = np.flatnonzero(turns < PREDICTIONS_MOST)
        is_same = truth.classes[pairs.truth] == predicted.classes[pairs.predicted]
        is_early = turns[pairs.predicted] < PREDICTIONS_MOST
        own = pairs.only(is_same & is_early & (pairs.overlaps >= OVERLAPS[0]))
        columns = [predicted.classes[kept], predicted.scores[kept]]
        for name in RANGES:
            if name in self.ranges:
                outside = [_is_outside(of, name) for of in areas]
                self._count(name, truth.classes[~outside[0]])
                columns += [column[kept] for column in _judged(own, turns, *outside)]
        self.chunks.append(tuple(columns))

    def add_judged(self, labels: Array, classes: Array, scores: Array, is_right: Array) -> None:
        """Predictions that were judged otherwise, without overlaps; `labels` are the classes."""
        self.ranges = {"all": RANGES["all"]}
        self._count("all", labels)
        hits = np.where(is_right, BITS.sum(), 0).astype(np.uint16)
        self.chunks.append((classes, scores, hits, np.zeros(len(hits), np.uint16)))

    def _count(self, name: str, classes: Array) -> None:
        before = self.label_counts.get(name, np.zeros(0, int))
        added = np.bincount(classes)
        size = max(len(before), len(added))
        self.label_counts[name] = np.pad(before, (0, size - len(before))) + np.pad(
            added, (0, size - len(added))
        )

    def precisions(self) -> dict[str, dict[int, Precision]]:
        """By range of sizes, by class."""
        width = 2 + 2 * len(self.ranges)
        if not self.chunks:
            return {}
        columns = [
            np.concatenate([chunk[number] for chunk in self.chunks]) for number in range(width)
        ]
        classes, scores = columns[:2]
        order = np.lexsort((-scores, classes))
        sizes = np.bincount(classes, minlength=1 + max(map(len, self.label_counts.values())))
        ends = np.cumsum(sizes)
        found: dict[str, dict[int, Precision]] = {}
        for place, name in enumerate(self.ranges):
            hits, ignored = columns[2 + 2 * place], columns[3 + 2 * place]
            counts = self.label_counts[name]
            found[name] = {}
            for number in np.flatnonzero(counts).tolist():
                own = order[ends[number] - sizes[number] : ends[number]]
                areas = average_precisions(_bits(hits[own]), _bits(ignored[own]), counts[number])
                found[name][number] = Precision(float(areas.mean()), *areas[[0, 5]].tolist())
        return found


def mean_precision(of_classes: dict[int, Precision]) -> Precision:
    """The mean over the classes that have labels.

    >>> mean_precision({1: Precision(0.5, 1.0, 0.5), 2: Precision(0.25, 0.5, 0.0)})
    Precision(mean=0.375, at_half=0.75, at_three_quarters=0.25)
    """
    if not of_classes:
        return Precision(None, None, None)
    return Precision(*np.array(list(of_classes.values()), float).mean(axis=0).tolist())


def average_precisions(hits: Array, ignored: Array, count: int) -> Array:
    """The mean precision over 101 recalls, for each column of predictions, most certain first.

    The precision at a recall is the best that is reached at it or a higher one. `count` labels
    could have been found.

    >>> hits = np.array([[True], [False], [True]])
    >>> average_precisions(hits, np.zeros((3, 1), bool), 2).round(4).tolist()
    [0.835]
    """
    right = np.cumsum(hits & ~ignored, axis=0)
    wrong = np.cumsum(~hits & ~ignored, axis=0)
    recall = right / count
    precision = right / (right + wrong + np.spacing(1))
    reached = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
    found = np.zeros(hits.shape[1])
    for column in range(hits.shape[1]):
        places = np.searchsorted(recall[:, column], RECALLS, "left")
        found[column] = reached[places[places < len(hits)], column].sum() / len(RECALLS)
    return found


def _is_outside(areas: Array, name: str) -> Array:
    low, high = RANGES[name]
    return (areas < low) | (areas > high)


def _judged(
    pairs: Pairs, turns: Array, label_outside: Array, said_outside: Array
) -> tuple[Array, Array]:
    """Of each prediction a bit an overlap: whether it found a label, whether it is left out."""
    hits, ignored = np.zeros(len(turns), np.uint16), np.zeros(len(turns), np.uint16)
    for bit, least in zip(BITS.astype(np.uint16), OVERLAPS, strict=True):
        own = pairs.only(pairs.overlaps >= least)
        taken = own.only(assigned(own, turns, label_outside[own.truth]))
        hits[taken.predicted] |= bit
        out = said_outside.copy()
        out[taken.predicted] = label_outside[taken.truth]
        ignored[out] |= bit
    return hits, ignored


def _bits(words: Array) -> Array:
    return (words[:, None] & BITS) > 0
