"""Intervals: how far a figure may be from the truth, given how little was seen."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labelops.distributions import beta_quantile, normal_quantile

LEVEL = 0.95
RESAMPLES = 1000
CELLS_AT_ONCE = 2_000_000
# From so many items a column on, columns are drawn instead of items: the same, but quicker.
REPEATED = 8


@dataclass(frozen=True)
class Interval:
    """Both ends included."""

    low: float
    high: float


def wilson(successes: float, n: float, *, level: float = LEVEL) -> Interval | None:
    """(p + z^2/2n -/+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n); None without observations.

    Wilson 1927. Ten right of ten still leave room for doubt:

    >>> interval = wilson(10, 10)
    >>> round(interval.low, 4), interval.high
    (0.7225, 1.0)
    """
    if n == 0:
        return None
    z = normal_quantile((1 + level) / 2)
    share = successes / n
    middle = share + z * z / (2 * n)
    spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if successes == 0 else float((middle - spread) / scale)
    high = 1.0 if successes == n else float((middle + spread) / scale)
    return Interval(low, high)


def clopper_pearson(successes: int, n: int, *, level: float = LEVEL) -> Interval | None:
    """The exact interval from quantiles of the beta distribution; never too narrow.

    Clopper and Pearson 1934. No error in 100 leaves up to 3.6 %:

    >>> round(clopper_pearson(0, 100).high, 4)
    0.0362
    """
    if n == 0:
        return None
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else beta_quantile(tail, successes, n - successes + 1)
    high = 1.0 if successes == n else beta_quantile(1 - tail, successes + 1, n - successes)
    return Interval(low, high)


def beta_interval(
    successes: float, n: float, *, prior: tuple[float, float] = (0.5, 0.5), level: float = LEVEL
) -> Interval:
    """The equal-tailed interval of Beta(a + successes, b + failures), with the prior Beta(a, b).

    The usual prior is that of Jeffreys, whose intervals are neither too wide nor too narrow on
    average (Brown, Cai and DasGupta 2001); nothing seen gives the interval of the prior.

    >>> interval = beta_interval(10, 10)
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.7828, 1.0)
    """
    a, b = prior[0] + successes, prior[1] + n - successes
    return Interval(beta_quantile((1 - level) / 2, a, b), beta_quantile((1 + level) / 2, a, b))


def bootstrap(
    statistic: Callable[[NDArray[Any]], NDArray[Any]],
    n_items: int,
    *,
    times: NDArray[Any] | None = None,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> Interval | None:
    """The percentile interval of a statistic when the items are drawn again with replacement.

    `statistic` gets a matrix, one row per resample and one column per item, that says how often
    each item was drawn, and returns one figure per row, nan where undefined. None when there
    are fewer than two items or no resample has a figure. Items that are the same for the
    statistic may share a column: `times` says how many each of the `n_items` columns stands for.

    >>> right = np.array([1.0] * 80 + [0.0] * 20)
    >>> interval = bootstrap(lambda drawn: drawn @ right / len(right), len(right))
    >>> 0.70 < interval.low < 0.75 < 0.85 < interval.high < 0.90
    True
    """
    times = np.ones(n_items, dtype=np.int64) if times is None else times
    if times.sum() < 2:
        return None
    random = np.random.default_rng(seed)
    is_repetitive = times.sum() > REPEATED * n_items
    at_once = max(1, CELLS_AT_ONCE // (n_items if is_repetitive else int(times.sum())))
    draw = _draw_columns if is_repetitive else _draw_items
    figures = [
        statistic(draw(random, min(at_once, resamples - start), times))
        for start in range(0, resamples, at_once)
    ]
    values = np.concatenate(figures)
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def _draw_columns(random: np.random.Generator, resamples: int, times: NDArray[Any]) -> NDArray[Any]:
    """How often each column is drawn: a multinomial sample, whatever the number of items."""
    return random.multinomial(times.sum(), times / times.sum(), size=resamples).astype(float)


def _draw_items(random: np.random.Generator, resamples: int, times: NDArray[Any]) -> NDArray[Any]:
    column = np.repeat(np.arange(len(times)), times)
    chosen = column[random.integers(len(column), size=(resamples, len(column)))]
    chosen += np.arange(resamples)[:, None] * len(times)
    counts = np.bincount(chosen.ravel(), minlength=resamples * len(times))
    return counts.reshape(resamples, len(times)).astype(float)
