"""What one model gained over another on the same items: fixed, broken, and how sure that is."""

from dataclasses import dataclass
from math import sqrt

import scipy

from labelops.distributions import normal_quantile
from labelops.intervals import LEVEL, Interval


@dataclass(frozen=True)
class Gain:
    """Of `n` items that both answered; shares from -1 to 1."""

    fixed: int
    broken: int
    n: int
    value: float
    interval: Interval
    # Of the exact test that fixing and breaking were equally likely.
    p_value: float


def gain(fixed: int, broken: int, n: int, *, level: float = LEVEL) -> Gain | None:
    """(b - c) / n with its interval and the exact McNemar test on b of b + c; None without items.

    The interval is Agresti and Min's (2005): Wald's with half an item more in each of the four
    cells, so that it stays open where everything was fixed, or nothing changed.

    >>> found = gain(30, 12, 400)
    >>> [round(100 * share, 1) for share in (found.value, found.interval.low, found.interval.high)]
    [4.5, 1.3, 7.6]
    >>> round(found.p_value, 3)
    0.008
    >>> round(gain(30, 0, 30).interval.low, 2), gain(30, 0, 30).interval.high
    (0.83, 1.0)
    """
    if not n:
        return None
    value = (fixed - broken) / n
    middle = (fixed - broken) / (n + 2)
    spread = normal_quantile((1 + level) / 2) * standard_error(fixed, broken, n)
    p_value = min(1.0, 2 * scipy.special.bdtr(min(fixed, broken), fixed + broken, 0.5))
    low, high = max(-1.0, middle - spread), min(1.0, middle + spread)
    return Gain(fixed, broken, n, value, Interval(low, high), float(p_value))


def standard_error(fixed: int, broken: int, n: int) -> float:
    """sqrt(b + c - (b - c)^2 / n) / n: of a mean of n differences that are -1, 0 or 1.

    With half an item more in each of the four cells, as in `gain`: never nothing.

    >>> round(standard_error(30, 12, 400), 4), round(standard_error(30, 0, 30), 3)
    (0.0162, 0.053)
    """
    more = n + 2
    return sqrt(fixed + broken + 1 - (fixed - broken) ** 2 / more) / more
