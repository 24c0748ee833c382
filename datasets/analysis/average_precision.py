"""Average precision as COCO has it: figures of the same data are the same as those of pycocotools.

In the order of confidence each prediction of a class takes the best free label of that class in
its picture, at ten overlaps from 0.5 to 0.95 (Lin et al. 2014).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reviews.detectors.pairing import Objects, Pairs, assigned, turns_of

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


class Judged(NamedTuple):
    """The predictions of some pictures: where they are right, and how many labels there are.

    `hits` and `ignored` have a row a prediction and a column a range of sizes, with a bit an
    overlap; `label_counts` a row a range and a column a class, from 0.
    """

    classes: Array
    scores: Array
    hits: Array
    ignored: Array
    label_counts: Array


def judged(
    truth: Objects, predicted: Objects, pairs: Pairs, *, areas: tuple[Array, Array] | None
) -> Judged:
    """Of whole pictures. `areas` are those of labels and predictions; without them all is one size.

    >>> box = Objects(np.array([4]), np.array([1]), np.ones(1), np.zeros((1, 4)))
    >>> found = judged(box, box, Pairs(np.array([0]), np.array([0]), np.array([0.6])), areas=None)
    >>> found.hits.tolist(), found.label_counts.tolist()
    ([[7]], [[0, 1]])
    """
    names = list(RANGES) if areas else ["all"]
    areas = areas or (np.ones(len(truth.classes)), np.ones(len(predicted.classes)))
    width = predicted.classes.max(initial=0) + 1
    turns = turns_of(predicted.pictures * width + predicted.classes, predicted.scores)
    is_kept = turns < PREDICTIONS_MOST
    is_same = truth.classes[pairs.truth] == predicted.classes[pairs.predicted]
    own = pairs.only(is_same & is_kept[pairs.predicted] & (pairs.overlaps >= OVERLAPS[0]))
    outside = [[_is_outside(of, name) for of in areas] for name in names]
    columns = [_hits(own, turns, *of_range) for of_range in outside]
    return Judged(
        predicted.classes[is_kept],
        predicted.scores[is_kept],
        np.stack([hits for hits, _ignored in columns], axis=1)[is_kept],
        np.stack([ignored for _hits, ignored in columns], axis=1)[is_kept],
        _counts([truth.classes[~labels] for labels, _said in outside]),
    )


def judged_otherwise(labels: Array, classes: Array, scores: Array, is_right: Array) -> Judged:
    """Predictions without overlaps; `labels` are the classes of all labels.

    >>> ones = np.array([1])
    >>> judged_otherwise(ones, ones, ones, ones > 0).hits.tolist()
    [[1023]]
    """
    hits = np.where(is_right, BITS.sum(), 0).astype(np.uint16)[:, None]
    return Judged(classes, scores, hits, np.zeros_like(hits), _counts([labels]))


class PrecisionSums:
    """Average precision of chunk after chunk, which come in one order whoever adds them."""

    def __init__(self) -> None:
        self.chunks: list[Judged] = []

    def add(self, chunk: Judged) -> None:
        self.chunks.append(chunk)

    def precisions(self) -> dict[str, dict[int, Precision]]:
        """By range of sizes (see `RANGES`), by the number of the class.

        No ranges but all where a chunk has no sizes; classes without labels are left out.
        """
        if not self.chunks:
            return {}
        ranges = min(chunk.hits.shape[1] for chunk in self.chunks)
        classes, scores = (
            np.concatenate(column) for column in list(zip(*self.chunks, strict=True))[:2]
        )
        counts = self._label_counts(ranges)
        order = np.lexsort((-scores, classes))
        sizes = np.bincount(classes, minlength=counts.shape[1])
        ends = np.cumsum(sizes)
        found: dict[str, dict[int, Precision]] = {}
        for place, name in enumerate(list(RANGES)[:ranges]):
            hits = np.concatenate([chunk.hits[:, place] for chunk in self.chunks])
            ignored = np.concatenate([chunk.ignored[:, place] for chunk in self.chunks])
            found[name] = {}
            for number in np.flatnonzero(counts[place]).tolist():
                own = order[ends[number] - sizes[number] : ends[number]]
                of_class = _bits(hits[own]), _bits(ignored[own])
                areas = average_precisions(*of_class, counts[place, number])
                found[name][number] = Precision(float(areas.mean()), *areas[[0, 5]].tolist())
        return found

    def _label_counts(self, ranges: int) -> Array:
        width = max(chunk.label_counts.shape[1] for chunk in self.chunks)
        total = np.zeros((ranges, width), int)
        for chunk in self.chunks:
            total[:, : chunk.label_counts.shape[1]] += chunk.label_counts[:ranges]
        return total


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


def _counts(classes: list[Array]) -> Array:
    width = max(int(column.max(initial=0)) for column in classes) + 1
    return np.stack([np.bincount(column, minlength=width) for column in classes])


def _is_outside(areas: Array, name: str) -> Array:
    low, high = RANGES[name]
    return (areas < low) | (areas > high)


def _hits(
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
