"""Figures and their intervals from additive sums, without the labels that they are sums of."""

from collections.abc import Callable
from functools import cache
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labelops.distributions import t_quantile
from labelops.intervals import LEVEL, Interval, wilson
from reviews.quality.alpha import nominal_alphas
from reviews.quality.figure import Figure


def share(right: int, n: int) -> Figure:
    """right / n with Wilson's interval.

    >>> share(9, 10).value, share(0, 0).value
    (0.9, None)
    """
    return Figure(right / n if n else None, n, wilson(right, n))


def mean(total: float, squares: float, n: int) -> Figure:
    """The mean of n values in [0, 1], one an item, from their sum and the sum of their squares.

    The interval is Wilson's for a share that varies as the values do: of size
    n p (1 - p) / s², with s² = (sum of (x - p)² + p (1 - p)) / (n + 1), so that few values that
    happen to be alike do not look certain. Of values 0 and 1 it is Wilson's own.

    >>> round(mean(9, 9, 10).interval.low, 9) == round(share(9, 10).interval.low, 9)
    True
    >>> figure = mean(5, 2.5, 10)
    >>> figure.value, figure.interval.low > share(5, 10).interval.low
    (0.5, True)
    """
    if n == 0:
        return Figure(None, 0, None)
    p = min(1.0, max(0.0, total / n))
    widest = p * (1 - p)
    if widest == 0:
        return Figure(p, n, wilson(round(p * n), n))
    spread = max(0.0, squares - n * p * p)
    size = n * widest * (n + 1) / (spread + widest)
    return Figure(p, n, wilson(p * size, size))


def nominal_alpha(pairable: NDArray[Any], coincident: NDArray[Any], shared: NDArray[Any]) -> Figure:
    """Krippendorff's alpha from the labels of each class, with its interval over groups of items.

    Rows are groups of items drawn at random, columns classes: `pairable` labels beside others, and
    the sums over items of n_k (n_k - 1) / (n - 1). `shared` is the number of items of each group.
    The interval is that of the delete-a-group jackknife (Kott 2001, "The delete-a-group jackknife",
    Journal of Official Statistics 17), with Student's t of as many groups as hold items, less one.

    >>> pairable = np.array([[2, 0], [0, 2], [1, 1]])
    >>> coincident = np.array([[2.0, 0.0], [0.0, 2.0], [0.0, 0.0]])
    >>> figure = nominal_alpha(pairable, coincident, np.array([1, 1, 1]))
    >>> round(figure.value, 4), figure.n, figure.interval.high
    (0.4444, 3, 1.0)
    """
    n = int(shared.sum())
    value = _alpha(pairable.sum(axis=0), coincident.sum(axis=0))
    if value is None:
        return Figure(None, n, None)
    held = np.flatnonzero(shared)

    def without(group: int) -> float | None:
        return _alpha(
            pairable.sum(axis=0) - pairable[group], coincident.sum(axis=0) - coincident[group]
        )

    return Figure(value, n, jackknife(value, [int(group) for group in held], without))


def jackknife(
    value: float,
    groups: list[int],
    without: Callable[[int], float | None],
    *,
    least: float = -1.0,
    most: float = 1.0,
) -> Interval | None:
    """value ± t sqrt((G - 1) / G · sum of (figure without a group - value)²), within its range.

    None below two groups, and where leaving a group out leaves the figure undefined.
    """
    size = len(groups)
    left = [without(group) for group in groups]
    if size < 2 or any(figure is None for figure in left):
        return None
    spread = sum((figure - value) ** 2 for figure in left if figure is not None)
    reach = _student_quantile(size - 1) * sqrt((size - 1) / size * spread)
    return Interval(max(least, value - reach), min(most, value + reach))


@cache
def _student_quantile(degrees: int) -> float:
    return t_quantile((1 + LEVEL) / 2, degrees)


def _alpha(counts: NDArray[Any], coincident: NDArray[Any]) -> float | None:
    observed = counts.sum() - coincident.sum()
    alpha = float(nominal_alphas(np.array([observed]), counts[None].astype(float))[0])
    return alpha if np.isfinite(alpha) else None
