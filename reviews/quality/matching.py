"""Matching: which shape or span of one answer is which of another, and how well they meet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.kinds.geometry import best_pairs
from tasks.kinds.likeness import labels_alike, shape_likeness
from tasks.kinds.spans import character_f1, exact_f1

IOU_THRESHOLD = 0.5


@dataclass(frozen=True)
class Pair:
    """The shape at `first` in one answer is the shape at `second` in the other."""

    first: int
    second: int
    iou: float


@dataclass(frozen=True)
class BoxMatch:
    """Precision takes the first answer as the one tested, recall the second as the reference."""

    pairs: tuple[Pair, ...]
    precision: float
    recall: float
    f1: float
    mean_iou: float


@dataclass(frozen=True)
class SpanMatch:
    """F1 over whole spans and over single characters, labels included."""

    exact_f1: float
    character_f1: float


def match_boxes(
    first: Sequence[dict[str, Any]],
    second: Sequence[dict[str, Any]],
    *,
    threshold: float = IOU_THRESHOLD,
    same_label: bool = True,
) -> BoxMatch:
    """The one-to-one pairing with most pairs at IoU >= threshold, then the highest total IoU.

    Boxes stand for all objects of a shapes answer; turned ones overlap as polygons, and lines and
    keypoints have a likeness of their own in place of the IoU (tasks.kinds.likeness). Two empty
    answers match perfectly: 1 everywhere. Without a pair the mean IoU is 0.

    >>> car, near, far = ({"label": "car", "box": box} for box in
    ...                   ([0, 0, 10, 10], [0, 0, 10, 8], [50, 50, 10, 10]))
    >>> match = match_boxes([car, far], [near])
    >>> match.precision, match.recall, round(match.f1, 4), match.mean_iou
    (0.5, 1.0, 0.6667, 0.8)
    """
    if not first and not second:
        return BoxMatch((), 1.0, 1.0, 1.0, 1.0)
    iou = shape_likeness(first, second)
    fits = iou >= threshold
    if same_label:
        fits &= labels_alike(first, second)
    pairs = tuple(Pair(a, b, float(iou[a, b])) for a, b in most_pairs(iou, fits))
    found = len(pairs)
    return BoxMatch(
        pairs=pairs,
        precision=found / len(first) if first else 0.0,
        recall=found / len(second) if second else 0.0,
        f1=2 * found / (len(first) + len(second)),
        mean_iou=sum(pair.iou for pair in pairs) / found if found else 0.0,
    )


def most_pairs(likeness: NDArray[Any], fits: NDArray[Any]) -> list[tuple[int, int]]:
    """Of the one-to-one pairings among what fits that with most pairs, then the most alike.

    >>> most_pairs(np.array([[0.9, 0.6], [0.6, 0.0]]), np.array([[True, True], [True, False]]))
    [(0, 1), (1, 0)]
    """
    # One pair more outweighs any gain, since no pairing has more than min(shape) pairs.
    return best_pairs(np.where(fits, likeness + min(likeness.shape), 0))


def match_spans(first: Sequence[dict[str, Any]], second: Sequence[dict[str, Any]]) -> SpanMatch:
    """How well two lists of spans meet; two empty lists match perfectly.

    >>> match_spans([{"label": "PER", "start": 0, "end": 5}],
    ...             [{"label": "PER", "start": 0, "end": 3}])
    SpanMatch(exact_f1=0.0, character_f1=0.75)
    """
    return SpanMatch(exact_f1(list(first), list(second)), character_f1(list(first), list(second)))
