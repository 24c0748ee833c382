"""Average precision of a model's boxes, class by class: how far its word reaches."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviews.detectors.boxes import Boxes, Picture
from reviews.detectors.pairing import Objects, assigned, near_pairs, turns_of

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
    seen = list(pictures)
    given, predicted = (_flat([picture[side] for picture in seen]) for side in (0, 1))
    hits = _hits(given, predicted)
    return {
        label: _mean_area(
            predicted.scores[predicted.classes == label],
            hits[predicted.classes == label],
            int((given.classes == label).sum()),
        )
        for label in np.union1d(given.classes, predicted.classes).tolist()
    }


def _flat(pictures: Sequence[Boxes]) -> Objects:
    if not pictures:
        return Objects(np.zeros(0, int), np.zeros(0, int), np.zeros(0), np.zeros((0, 4)))
    sizes = [len(boxes.classes) for boxes in pictures]
    corners, classes, confidences = (
        np.concatenate(column) for column in zip(*pictures, strict=True)
    )
    return Objects(np.repeat(np.arange(len(sizes)), sizes), classes, confidences, corners)


def _hits(drawn: Objects, seen: Objects) -> Array:
    """Whether each predicted box finds a label, (n, overlaps)."""
    near = near_pairs(drawn, seen, OVERLAPS[0])
    own = near.only(drawn.classes[near.truth] == seen.classes[near.predicted])
    width = seen.classes.max(initial=0) + 1
    turns = turns_of(seen.pictures * width + seen.classes, seen.scores)
    found = np.zeros((len(seen.classes), len(OVERLAPS)), bool)
    for number, least in enumerate(OVERLAPS):
        possible = own.only(own.overlaps >= least)
        found[possible.predicted[assigned(possible, turns)], number] = True
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
