"""Average precision of a model's boxes, class by class: how far its word reaches."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviews.detectors.boxes import Boxes, Picture, overlaps

Array = NDArray[Any]
# From which overlap on a box is found; the mean is taken over all of them.
OVERLAPS = np.arange(0.5, 1.0, 0.05)


def average_precisions(pictures: Iterable[Picture]) -> dict[int, float]:
    """By class, the area under precision over recall, the mean over overlaps from 0.5 to 0.95.

    In the order of confidence each predicted box takes the best free label of its class.

    >>> car = Boxes(np.array([[0.0, 0.0, 2.0, 2.0]]), np.array([0]), np.array([1.0]))
    >>> {label: round(ap, 6) for label, ap in average_precisions([Picture(car, car)]).items()}
    {0: 1.0}
    """
    counts: dict[int, int] = defaultdict(int)
    confidences: dict[int, list[Array]] = defaultdict(list)
    hits: dict[int, list[Array]] = defaultdict(list)
    for given, predicted in pictures:
        for label in np.union1d(given.classes, predicted.classes).tolist():
            drawn, seen = _of_class(given, label), _of_class(predicted, label)
            counts[label] += len(drawn.classes)
            confidences[label].append(seen.confidences)
            hits[label].append(_hits(drawn, seen))
    return {
        label: _mean_area(np.concatenate(confidences[label]), np.concatenate(hits[label]), count)
        for label, count in counts.items()
    }


def _of_class(boxes: Boxes, label: int) -> Boxes:
    chosen = boxes.classes == label
    return Boxes(*(column[chosen] for column in boxes))


def _hits(drawn: Boxes, seen: Boxes) -> Array:
    """Whether each predicted box finds a label, (n, overlaps)."""
    shared = overlaps(seen.corners, drawn.corners)
    found = np.zeros((len(seen.classes), len(OVERLAPS)), bool)
    free = np.ones((len(OVERLAPS), len(drawn.classes)), bool)
    for at in np.argsort(-seen.confidences, kind="stable"):
        for number, least in enumerate(OVERLAPS):
            open_ones = np.where(free[number], shared[at], -1)
            best = int(open_ones.argmax()) if len(open_ones) else -1
            if best >= 0 and open_ones[best] >= least:
                found[at, number], free[number, best] = True, False
    return found


def _mean_area(confidences: Array, hits: Array, count: int) -> float:
    if count == 0 or len(confidences) == 0:
        return 0.0
    right = np.cumsum(hits[np.argsort(-confidences, kind="stable")], axis=0)
    recall = right / count
    precision = right / np.arange(1, len(right) + 1)[:, None]
    # What is reached at a higher recall counts for all below it.
    reached = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
    steps = np.diff(recall, axis=0, prepend=0)
    return float((reached * steps).sum(axis=0).mean())
