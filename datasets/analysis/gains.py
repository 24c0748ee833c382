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

    McNemar 1947; the interval is method 1 of Newcombe 1998.

    >>> found = gain(30, 12, 400)
    >>> round(100 * found.value, 1), round(100 * (found.interval.high - found.value), 1)
    (4.5, 3.1)
    >>> round(found.p_value, 3)
    0.008
    """
    if not n:
        return None
    value = (fixed - broken) / n
    spread = normal_quantile((1 + level) / 2) * standard_error(fixed, broken, n)
    p_value = min(1.0, 2 * scipy.special.bdtr(min(fixed, broken), fixed + broken, 0.5))
    low, high = max(-1.0, value - spread), min(1.0, value + spread)
    return Gain(fixed, broken, n, value, Interval(low, high), float(p_value))


def standard_error(fixed: int, broken: int, n: int) -> float:
    """sqrt(b + c - (b - c)^2 / n) / n: of a mean of n differences that are -1, 0 or 1.

    >>> round(standard_error(30, 12, 400), 4)
    0.016
    """
    return sqrt(fixed + broken - (fixed - broken) ** 2 / n) / n
