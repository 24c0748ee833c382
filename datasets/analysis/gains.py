"""What one model gained over another on the same items: fixed, broken, and how sure that is."""

from dataclasses import dataclass
from math import sqrt

from scipy.stats import binomtest

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

    Standard error sqrt(b + c - (b - c)^2 / n) / n: the variance of a mean of differences that are
    -1, 0 or 1 (McNemar 1947; Newcombe 1998, method 1).

    >>> found = gain(30, 12, 400)
    >>> round(100 * found.value, 1), round(100 * (found.interval.high - found.value), 1)
    (4.5, 3.1)
    >>> round(found.p_value, 3)
    0.008
    """
    if not n:
        return None
    value = (fixed - broken) / n
    error = sqrt(fixed + broken - (fixed - broken) ** 2 / n) / n
    spread = normal_quantile((1 + level) / 2) * error
    p_value = binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1.0
    low, high = max(-1.0, value - spread), min(1.0, value + spread)
    return Gain(fixed, broken, n, value, Interval(low, high), float(p_value))
