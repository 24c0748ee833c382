"""The rate of something that was picked because its rate looked high.

What is shown only if at least so many failed looks worse than it is (the winner's curse). Given
that it is shown, the number that failed is a binomial without its lower part, and by that the
true rate is judged (Zöllner, Pritchard 2007; Zhong, Prentice 2008).
"""

from dataclasses import dataclass

import scipy

from labelops.intervals import LEVEL, Interval

STEPS = 40


@dataclass(frozen=True)
class PickedRate:
    """What to expect of further items; the true value is above it as often as below."""

    value: float
    interval: Interval


def picked_rate(
    failed: int, n: int, *, needed: int, least: float, level: float = LEVEL
) -> PickedRate:
    """Of `n` items that were shown as at least `needed` failed; it is no lower than `least`.

    Just enough for being shown proves little, twice as many are hardly touched by it:

    >>> just, twice = (picked_rate(failed, 200, needed=40, least=0.1) for failed in (41, 80))
    >>> round(just.value, 2), round(just.interval.low, 2), round(just.interval.high, 2)
    (0.14, 0.1, 0.26)
    >>> round(twice.value, 2), round(twice.interval.low, 2), round(twice.interval.high, 2)
    (0.4, 0.33, 0.47)
    """
    tail = (1 - level) / 2

    def rate(least_failed: int, share: float) -> float:
        return _rate(least_failed, n, needed, share, least)

    # Between the two it is as likely that more fail as that fewer do.
    value = (rate(failed, 0.5) + rate(failed + 1, 0.5)) / 2
    return PickedRate(value, Interval(rate(failed, tail), rate(failed + 1, 1 - tail)))


def _rate(failed: int, n: int, needed: int, share: float, least: float) -> float:
    """With which at least so many fail in this share of the cases where the needed ones do."""
    low, high = least, 1.0
    if failed > n:
        return high
    for _step in range(STEPS):
        rate = (low + high) / 2
        shown = _at_least(needed, n, rate)
        # What is too rare for a number is rarer still with more of them.
        is_enough = shown > 0 and _at_least(failed, n, rate) / shown >= share
        low, high = (low, rate) if is_enough else (rate, high)
    return low


def _at_least(count: int, n: int, rate: float) -> float:
    return float(scipy.special.betainc(count, n - count + 1, rate)) if count > 0 else 1.0
