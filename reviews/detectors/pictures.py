"""Which labels of many pictures are suspicious, one finding a picture and rule."""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviews.detectors.boxes import (
    CUT,
    LONG_SIDE,
    Boxes,
    Picture,
    badly_placed,
    least_likeness,
    overlooked,
    swapped,
)
from reviews.detectors.findings import Finding
from reviews.detectors.precision import average_precisions
from tasks.kinds.regions import rings

Array = NDArray[Any]
Shape = dict[str, Any]
Beat = Callable[[], None]
NO_CLASS = -1
# Pictures between two beats.
BEAT_EVERY = 500


class Rule(StrEnum):
    OVERLOOKED = "overlooked"
    PLACED = "placed"
    SWAPPED = "swapped"


def boxes_of(
    shapes: Sequence[Shape],
    numbers: dict[str, int],
    size: tuple[int, int],
    confidences: Sequence[float] | None = None,
) -> Boxes:
    """The frames of boxes and polygons, scaled to a long side of 1,000; other shapes have none.

    >>> car = {"label": "car", "box": [0, 0, 50, 20]}
    >>> boxes_of([car], {"car": 0}, (100, 200)).corners.tolist()
    [[0.0, 0.0, 250.0, 100.0]]
    """
    scale = LONG_SIDE / max(size)
    rows, classes, sure = [], [], []
    for place, shape in enumerate(shapes):
        outline = rings(shape)
        if not outline or shape["label"] not in numbers:
            continue
        points = np.array(outline[0], float)
        rows.append([*points.min(axis=0), *points.max(axis=0)])
        classes.append(numbers[shape["label"]])
        sure.append(1.0 if confidences is None else confidences[place])
    corners = np.array(rows, float).reshape(-1, 4) * scale
    return Boxes(corners, np.array(classes, int), np.array(sure, float))


def find(
    pictures: Sequence[Picture], classes: Sequence[str], *, beat: Beat
) -> list[tuple[Rule, Finding]]:
    """Of each picture the most suspicious object of each rule; `place` is that of the picture.

    An object is suspicious up to a share of the average precision of its class: where the model
    finds little, it is not believed. `beat` is called now and then: many pictures take minutes.

    >>> car = Boxes(np.array([[0.0, 0.0, 90.0, 90.0]]), np.array([0]), np.array([0.97]))
    >>> far = car._replace(corners=car.corners + 500)
    >>> both = Boxes(*(np.concatenate(pair) for pair in zip(car, far, strict=True)))
    >>> seen = [Picture(both, both)] * 4 + [Picture(car, both)]
    >>> found = find(seen, ["car"], beat=lambda: None)
    >>> [(rule.value, finding.place, finding.suggested) for rule, finding in found]
    [('overlooked', 4, 'car')]
    """
    least = least_likeness(_watched(pictures, beat))
    precisions = average_precisions(_watched(pictures, beat))
    cuts = np.array([CUT * precisions.get(number, 0.0) for number in range(len(classes))])
    found: list[tuple[Rule, Finding]] = []
    for place, picture in enumerate(_watched(pictures, beat)):
        given, seen = picture.given.classes, picture.predicted.classes
        nothing, moved = np.full(len(seen), NO_CLASS), badly_placed(picture)
        renamed, suggested = swapped(picture, least)
        for rule, scores, labels, others in (
            (Rule.OVERLOOKED, overlooked(picture, least), nothing, seen),
            (Rule.PLACED, moved, given, given),
            (Rule.SWAPPED, renamed, given, suggested),
        ):
            named = np.where(labels == NO_CLASS, others, labels)
            worst = _worst(scores, cuts[named] if len(named) else np.zeros(0))
            if worst is not None:
                label, other = (_name(classes, of[worst]) for of in (labels, others))
                found.append((rule, Finding(place, label, other, float(scores[worst]))))
    return found


def _watched(pictures: Sequence[Picture], beat: Beat) -> Iterator[Picture]:
    for number, picture in enumerate(pictures, start=1):
        if number % BEAT_EVERY == 0:
            beat()
        yield picture


def _worst(scores: Array, cuts: Array) -> int | None:
    """The lowest score that is not above its cut; a rule that is silent says NaN."""
    below = np.flatnonzero(scores <= cuts)
    return int(below[scores[below].argmin()]) if len(below) else None


def _name(classes: Sequence[str], number: int) -> str:
    return "" if number == NO_CLASS else classes[number]
