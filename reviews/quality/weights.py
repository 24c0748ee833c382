"""Weights: how much a voice counts, and what several voices of unequal weight amount to."""

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import Any, TypeVar

Value = TypeVar("Value", bound=Hashable)
LEAST, MOST = 0.1, 4.0
# Sums of weights that differ by less are equal: rounding decides nothing.
SAME = 1e-9
# Of the total: weights are estimates, and a median that hangs on such a difference is shared.
NEARLY_HALF = 0.05


def voting_weight(accuracy: float, classes: int) -> float:
    """ln(p (K - 1) / (1 - p)), clipped to [0.1, 4]: the weight of a vote of accuracy p among K.

    The weights of the optimal weighted majority (Nitzan and Paroush 1982), for K classes that are
    mistaken for each other equally often. Pass a lower bound of the accuracy: who was seldom
    checked then counts less.

    >>> round(voting_weight(0.8, 4), 4), voting_weight(0.25, 4), voting_weight(1, 4)
    (2.4849, 0.1, 4.0)
    """
    if accuracy >= 1:
        return MOST
    if accuracy <= 0:
        return LEAST
    others = max(1, classes - 1)
    return min(max(math.log(accuracy * others / (1 - accuracy)), LEAST), MOST)


def weighted_median(values: Sequence[float], weights: Sequence[float]) -> float:
    """The value with half of the weight on either side; the mean of two that share the middle.

    They share it when both sides weigh 50 % give or take 5.

    >>> weighted_median([1, 5, 9], [1, 1, 1]), weighted_median([1, 5, 9], [1, 1, 3])
    (5, 9)
    >>> weighted_median([1, 5], [2, 2])
    3.0
    """
    low, high = _middle(values, weights)
    return low if low == high else (low + high) / 2


def weighted_lower_median(values: Sequence[float], weights: Sequence[float]) -> float:
    """The same, but the lower of two that share the middle: always a value that somebody gave.

    >>> weighted_lower_median([1, 5], [2, 2])
    1
    """
    return _middle(values, weights)[0]


def weighted_vote(values: Sequence[Value], weights: Sequence[float]) -> tuple[Value, float]:
    """The value with the largest weight and its share of all; of equal ones the first given.

    >>> weighted_vote(["bus", "car", "car"], [1, 2, 1])
    ('car', 0.75)
    """
    totals: dict[Any, float] = defaultdict(float)
    for value, weight in zip(values, weights, strict=True):
        totals[value] += weight
    most = max(totals.values())
    winner = next(value for value in totals if totals[value] >= most * (1 - SAME))
    return winner, totals[winner] / sum(weights)


def _middle(values: Sequence[float], weights: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(zip(values, weights, strict=True))
    total, reached = sum(weights), 0.0
    for index, (value, weight) in enumerate(ordered):
        reached += weight / total
        if reached >= 0.5 - NEARLY_HALF:
            is_shared = reached <= 0.5 + NEARLY_HALF and index + 1 < len(ordered)
            return value, ordered[index + 1][0] if is_shared else value
    raise ValueError("A median needs at least one value.")
