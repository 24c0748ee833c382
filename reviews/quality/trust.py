"""The ladder of trust: exact bounds of a person's accuracy, and what they say at a scheduled look.

People are promoted on proof (lower bound) and demoted on proof (upper bound). A bound that is
looked at after every answer would promote one in four by luck; so a series of checked answers is
looked at four times, each at a level of 1.25 %: all looks together err at most 5 % of the time.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np

from labelops.distributions import binomial_masses
from labelops.intervals import clopper_pearson
from reviews.quality.bisection import smallest

ALPHA = 0.0125
LOOKS = (60, 100, 200, 400)
# A promotion to these is proposed; an expert or a manager confirms it.
PROPOSED_FROM = 4
# Nobody goes on who is surely below it, and each window of the newest answers shows it.
CRITICAL_ACCURACY = 0.70
CRITICAL_WINDOWS = (20, 60)


@dataclass(frozen=True)
class Bar:
    """So many checked answers, and a lower bound of the accuracy of at least so much."""

    n: int
    lower: float


@dataclass(frozen=True)
class Level:
    """`enter` None: by exam, or named by an expert. `leave`: when the upper bound is below it."""

    review_percent: int
    enter: Bar | None = None
    leave: float | None = None
    days_before: int = 0


LEVELS = (
    Level(review_percent=100),
    Level(review_percent=100),
    Level(review_percent=30, enter=Bar(60, 0.80), leave=0.85),
    Level(review_percent=10, enter=Bar(100, 0.87), leave=0.90, days_before=14),
    Level(review_percent=5, enter=Bar(200, 0.90), leave=0.93),
    Level(review_percent=5),
)


class Outcome(StrEnum):
    """What a look says."""

    PROMOTE = "promote"
    DEMOTE = "demote"
    UNCERTAIN = "uncertain"
    HOLD = "hold"


@dataclass(frozen=True)
class Gap:
    """What is missing to the next level: so many right of the next checked answers."""

    right: int
    of_next: int


def lower_bound(right: int, n: int, *, alpha: float = ALPHA) -> float:
    """The exact one-sided bound: the accuracy is below it in at most a share `alpha` of cases.

    Clopper and Pearson 1934. 0 without observations.

    >>> round(lower_bound(56, 60), 4), round(lower_bound(95, 100), 4)
    (0.8231, 0.8772)
    """
    found = clopper_pearson(right, n, level=1 - 2 * alpha)
    return found.low if found else 0.0


def upper_bound(right: int, n: int, *, alpha: float = ALPHA) -> float:
    """The exact one-sided bound from above; 1 without observations.

    >>> round(upper_bound(10, 20), 4), round(upper_bound(8, 20), 4)
    (0.7536, 0.6681)
    """
    found = clopper_pearson(right, n, level=1 - 2 * alpha)
    return found.high if found else 1.0


def next_level(level: int) -> int | None:
    """The level above that evidence leads to; None where only an expert's word does.

    Whoever meets the bar of level 2 has shown more than the exam asks for: 0 leads there too.

    >>> next_level(0), next_level(2), next_level(4)
    (2, 3, None)
    """
    above = max(level + 1, 2)
    return above if above < len(LEVELS) and LEVELS[above].enter else None


def look(level: int, right: int, n: int) -> Outcome:
    """What `right` of `n` checked answers say of somebody on this level, at a scheduled look.

    Uncertain: the figure is below what the level asks for, but not surely. Then more of the
    person's work is checked, and nothing is taken away.

    >>> look(1, 55, 60), look(1, 54, 60)
    (<Outcome.PROMOTE: 'promote'>, <Outcome.HOLD: 'hold'>)
    >>> look(2, 50, 60), look(2, 40, 60)
    (<Outcome.UNCERTAIN: 'uncertain'>, <Outcome.DEMOTE: 'demote'>)
    """
    above, leave = next_level(level), LEVELS[level].leave
    if above is not None and _enters(LEVELS[above].enter, right, n):
        return Outcome.PROMOTE
    if leave is None or n == 0:
        return Outcome.HOLD
    if upper_bound(right, n) < leave:
        return Outcome.DEMOTE
    return Outcome.UNCERTAIN if right / n < leave else Outcome.HOLD


def _enters(bar: Bar | None, right: int, n: int) -> bool:
    return bar is not None and n >= bar.n and lower_bound(right, n) >= bar.lower


@lru_cache
def right_needed(bar: Bar, n: int) -> int | None:
    """The fewest right of `n` that meet the bar; None where even all would not.

    >>> right_needed(Bar(60, 0.80), 60), right_needed(Bar(100, 0.87), 60)
    (55, None)
    """
    if not _enters(bar, n, n):
        return None
    return smallest(lambda right: _enters(bar, right, n), 0, n)


def gap(level: int, right: int, n: int) -> Gap | None:
    """How many more right, of how many next checks, reach the next level at the nearest look.

    None where no look of this series can reach it, or no evidence leads further.

    >>> gap(1, 47, 50)
    Gap(right=8, of_next=10)
    """
    above = next_level(level)
    bar = LEVELS[above].enter if above is not None else None
    if bar is None:
        return None
    for at in LOOKS:
        needed = right_needed(bar, at) if at > n else None
        if needed is not None and needed - right <= at - n:
            return Gap(max(0, needed - right), at - n)
    return None


def critical_window(newest: Sequence[bool]) -> int | None:
    """How many of the newest answers, latest first, show an accuracy that is surely too low.

    >>> critical_window([False] * 12 + [True] * 8), critical_window([False] * 11)
    (20, None)
    """
    return next(
        (
            n
            for n in CRITICAL_WINDOWS
            if len(newest) >= n and upper_bound(sum(newest[:n]), n) < CRITICAL_ACCURACY
        ),
        None,
    )


def review_percent(level: int, notch: int) -> int:
    """The share of a person's work that experts look at; a notch makes it that of a level less.

    >>> review_percent(3, 0), review_percent(3, 1), review_percent(0, 1)
    (10, 30, 100)
    """
    return LEVELS[max(0, level - notch)].review_percent


def chance(outcome: Outcome, level: int, accuracy: float) -> float:
    """The exact chance that a whole series of looks ends with this outcome.

    The answers are independent and right with the given accuracy; promotion and demotion end a
    series. At exactly the bar of level 2:

    >>> round(chance(Outcome.PROMOTE, 1, 0.80), 4)
    0.0292
    """
    going_on = np.ones(1)
    found = 0.0
    for before, at in zip((0, *LOOKS), LOOKS, strict=False):
        step = binomial_masses(at - before, accuracy)
        going_on = np.convolve(going_on, step)
        said = [look(level, right, at) for right in range(at + 1)]
        found += math.fsum(
            mass for mass, what in zip(going_on, said, strict=True) if what == outcome
        )
        ends = np.array([what in {Outcome.PROMOTE, Outcome.DEMOTE} for what in said])
        going_on = np.where(ends, 0.0, going_on)
    return found
