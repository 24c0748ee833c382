"""Krippendorff's alpha for values of any kind: all that it needs is how far apart two of them are.

1 - D_o / D_e: the mean distance of the labels of one item over that of all labels, whoever made
them. None where the labels do not differ at all: that is neither perfect nor no agreement.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Literal

import numpy as np

from reviews.quality.figure import Array, Figure, figure_of, patterns
from reviews.quality.tables import Labels, table_of

Metric = Literal["nominal", "ordinal", "interval"]
Distance = Callable[[Any, Any], float]


def krippendorff_alpha(
    labels: Labels, *, metric: Metric = "nominal", order: Sequence[Any] | None = None
) -> float | None:
    """Alpha of classes (Krippendorff 2004); None when only one value occurs.

    The distance is 0 or 1 (nominal), the squared difference of mid-ranks (ordinal) or of values
    (interval). `order` lists the classes from low to high; without it they are sorted.

    >>> labels = [("i1", "a", 1), ("i1", "b", 1), ("i2", "a", 2), ("i2", "b", 2), ("i3", "a", 1),
    ...           ("i3", "b", 2)]
    >>> round(krippendorff_alpha(labels), 4)
    0.4444
    """
    table = table_of(labels, order)
    counts = table.pairable
    alpha = alphas(counts, scale_of(table.classes, metric), np.ones((1, len(counts))))[0]
    return float(alpha) if np.isfinite(alpha) else None


def alpha_by_distance(units: Iterable[Sequence[Hashable]], distance: Distance) -> Figure:
    """Alpha of values between which `distance` is zero for equal ones and symmetric.

    A unit is the values that one item got; those of fewer than two values are dropped. All pairs
    of different values are compared, so that the values may be many and the different ones few.

    >>> units = [[1, 1], [2, 2], [1, 2]]
    >>> round(alpha_by_distance(units, lambda a, b: float(a != b)).value, 4)
    0.4444
    >>> alpha_by_distance([[1, 1], [1]], lambda a, b: float(a != b)).value is None
    True
    """
    units = list(units)
    values = list(dict.fromkeys(value for unit in units for value in unit))
    distances = np.array([[distance(a, b) for b in values] for a in values], dtype=float)
    place = {value: number for number, value in enumerate(values)}
    coded = ([place[value] for value in unit] for unit in units)
    counts, times = patterns(coded, len(values))
    return alpha_of_counts(counts, times, distances)


def ratio_distance(first: float, second: float) -> float:
    """((a - b) / (a + b)) squared: for numbers with a true zero (Krippendorff 2004).

    >>> ratio_distance(1, 3), ratio_distance(0, 0)
    (0.25, 0.0)
    """
    return ((first - second) / (first + second)) ** 2 if first != second else 0.0


def alpha_of_counts(counts: Array, times: Array, distances: Array) -> Figure:
    """Alpha of items that got value k `counts[i, k]` times, each `times`, given all distances."""
    return figure_of(lambda drawn: alphas_by_distance(counts, distances, drawn), times)


def alphas_by_distance(counts: Array, distances: Array, drawn: Array) -> Array:
    """Alpha for each row of `drawn`, the number of times that each item counts."""
    if not counts.size:
        return np.full(len(drawn), np.nan)
    n = counts.sum(axis=1)
    within = ((counts @ distances) * counts).sum(axis=1) / (n - 1)
    totals = drawn @ counts
    expected = ((totals @ distances) * totals).sum(axis=1) / (totals.sum(axis=1) - 1)
    return _alpha(drawn @ within, expected)


def alphas(counts: Array, scale: Array | Metric, drawn: Array) -> Array:
    """The same for classes, whose `scale` says how far they are apart.

    Squared distances need no coincidence matrix: sums over pairs become sums of moments.
    """
    totals = drawn @ counts
    if isinstance(scale, str) and scale == "nominal":
        n = counts.sum(axis=1)
        within = (n**2 - (counts**2).sum(axis=1)) / (n - 1)
        return nominal_alphas(drawn @ within, totals)
    values = totals.cumsum(axis=1) - totals / 2 if isinstance(scale, str) else scale
    values = np.broadcast_to(values, totals.shape)
    parts = [_squared(counts, line, weights) for line, weights in zip(values, drawn, strict=True)]
    observed, expected = np.array(parts).reshape(-1, 2).T
    return _alpha(observed, expected)


def nominal_alphas(observed: Array, totals: Array) -> Array:
    """Nominal alpha of each row: what differs within items, and the labels of each class.

    `observed` is the sum over items of (n² - sum_k n_k²) / (n - 1).

    >>> nominal_alphas(np.array([2.0]), np.array([[3, 3]])).round(4)
    array([0.4444])
    """
    n = totals.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = (n**2 - (totals**2).sum(axis=1)) / (n - 1)
    return _alpha(observed, expected)


def scale_of(classes: Sequence[Any], metric: Metric) -> Array | Metric:
    """What `alphas` needs: the values of the classes themselves, where they are numbers."""
    return np.array(classes, dtype=float) if metric == "interval" else metric


def _squared(counts: Array, values: Array, weights: Array) -> tuple[float, float]:
    if not len(counts):
        return 0.0, 0.0
    # Centred first: the difference of large squares would lose digits.
    totals = weights @ counts
    values = values - totals @ values / totals.sum()
    sums, squares, n = counts @ values, counts @ values**2, counts.sum(axis=1)
    observed = weights @ (2 * (n * squares - sums**2) / (n - 1))
    expected = 2 * (totals @ values**2) * totals.sum() / (totals.sum() - 1)
    return float(observed), float(expected)


def _alpha(observed: Array, expected: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 0, 1 - observed / expected, np.nan)
