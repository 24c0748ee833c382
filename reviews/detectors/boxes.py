"""Boxes against those a model draws, by the rules of ObjectLab (Tkachenko et al. 2023).

Corners x1, y1, x2, y2 in pixels of a picture whose longer side is 1,000: the rules know of
distances, which would depend on the size of the picture otherwise. Low scores are suspicious.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
LONG_SIDE = 1_000
# How much of the likeness of two boxes is their overlap; the rest is how near they are.
OVERLAP_SHARE = 0.9
NEARNESS = 0.1
LIKELY, SURE = 0.5, 0.95
# Two labels of different class that overlap so much are one thing.
ONE_THING = 0.95
# An object is an issue up to this share of the average precision of its class.
CUT = 0.8 * 0.25
EPSILON = 1e-6


class Boxes(NamedTuple):
    """(n, 4) corners, (n,) numbers of classes, (n,) confidences: 1 for those people drew."""

    corners: Array
    classes: Array
    confidences: Array


class Picture(NamedTuple):
    """What people drew in a picture, and what the model did."""

    given: Boxes
    predicted: Boxes


def overlaps(a: Array, b: Array) -> Array:
    """Intersection over union of each of `a` with each of `b`.

    >>> overlaps(np.array([[0, 0, 2, 2]]), np.array([[0, 0, 2, 1], [4, 4, 5, 5]])).tolist()
    [[0.5, 0.0]]
    """
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=2)
    area_a, area_b = (np.prod(found[:, 2:] - found[:, :2], axis=1) for found in (a, b))
    return shared / np.maximum(area_a[:, None] + area_b[None, :] - shared, EPSILON)


def likeness(a: Array, b: Array) -> Array:
    """0.9 overlap + 0.1 exp(-0.1 distance of the centres).

    >>> box = np.array([[0.0, 0.0, 2.0, 2.0]])
    >>> likeness(box, box).tolist()
    [[1.0]]
    """
    middle_a, middle_b = ((found[:, :2] + found[:, 2:]) / 2 for found in (a, b))
    distance = np.linalg.norm(middle_a[:, None] - middle_b[None], axis=2)
    near = np.exp(-NEARNESS * distance)
    return OVERLAP_SHARE * overlaps(a, b) + (1 - OVERLAP_SHARE) * near


def least_likeness(pictures: Iterable[Picture]) -> float:
    """The smallest likeness above 0 of a drawn and a predicted box in any picture; 1 without any.

    >>> box = Boxes(np.array([[0.0, 0.0, 2.0, 2.0]]), np.array([0]), np.array([1.0]))
    >>> least_likeness([Picture(box, box)])
    1.0
    """
    least = 1.0
    for given, predicted in pictures:
        found = likeness(given.corners, predicted.corners)
        least = min(least, found[found > 0].min(initial=1.0))
    return float(least)


def overlooked(picture: Picture, least: float) -> Array:
    """A score a predicted box: may people have overlooked the object? NaN: the rule is silent.

    Only of boxes that the model is sure of, and that touch no label.

    >>> nothing = Boxes(np.zeros((0, 4)), np.zeros(0, int), np.zeros(0))
    >>> sure = Boxes(np.array([[0.0, 0.0, 2.0, 2.0]]), np.array([0]), np.array([0.96]))
    >>> overlooked(Picture(nothing, sure), 0.5).round(3).tolist()
    [0.02]
    """
    given, predicted = picture
    near = likeness(given.corners, predicted.corners)
    touches = (overlaps(given.corners, predicted.corners) > 0).any(axis=0)
    scores = np.full(len(predicted.classes), np.nan)
    for at in np.flatnonzero((predicted.confidences >= SURE) & ~touches):
        of_class = near[given.classes == predicted.classes[at], at]
        alone = least * (1 - predicted.confidences[at])
        scores[at] = of_class.max() if len(of_class) else alone
    return scores


def badly_placed(picture: Picture) -> Array:
    """A score a label: do its edges lie where the model has them? 1 where it sees nothing alike.

    >>> box = Boxes(np.array([[0.0, 0.0, 2.0, 2.0]]), np.array([0]), np.array([1.0]))
    >>> badly_placed(Picture(box, box)).tolist()
    [1.0]
    """
    given, predicted = picture
    near, shared = (rule(given.corners, predicted.corners) for rule in (likeness, overlaps))
    scores = np.ones(len(given.classes))
    for at, label in enumerate(given.classes):
        alike = (predicted.classes == label) & (predicted.confidences > LIKELY) & (shared[at] > 0)
        scores[at] = near[at, alike].max() if alike.any() else 1.0
    return scores


def swapped(picture: Picture, least: float) -> tuple[Array, Array]:
    """A score a label, and the class that the model gives it: has it the class of another?

    -1 stands for no class: the model is sure of none other.

    >>> car = Boxes(np.array([[0.0, 0.0, 2.0, 2.0]]), np.array([0]), np.array([1.0]))
    >>> scores, classes = swapped(Picture(car, car._replace(classes=np.array([1]))), 0.1)
    >>> scores.tolist(), classes.tolist()
    ([0.1], [1])
    """
    given, predicted = picture
    near = likeness(given.corners, predicted.corners)
    scores, suggested = np.ones(len(given.classes)), np.full(len(given.classes), -1)
    for at, label in enumerate(given.classes):
        others = np.flatnonzero((predicted.classes != label) & (predicted.confidences > SURE))
        if len(others):
            nearest = others[near[at, others].argmax()]
            scores[at] = max(least, 1 - near[at, nearest])
            suggested[at] = predicted.classes[nearest]
    same_place = overlaps(given.corners, given.corners) >= ONE_THING
    differ = given.classes[:, None] != given.classes[None]
    scores[(same_place & differ).any(axis=1)] = least
    return scores, suggested
