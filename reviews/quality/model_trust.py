"""How a model earns levels: exact bounds of its accuracy in a class, at five scheduled looks.

A bound that is looked at after every check would let one model in four pass by luck; so a series
of decided checks is looked at when it has 100, 200, 400, 800 and 1,600 of them, each time at a
level of 1 %: a model that is exactly at a bar passes it at most 5 % of the time in a whole series.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from labelops.distributions import binomial_masses
from reviews.quality import trust
from reviews.quality.bisection import largest

ALPHA = 0.01
LOOKS = (100, 200, 400, 800, 1_600)
# What may be proved for answering alone, in percent.
BARS = (85, 90, 95, 97, 98, 99)
# Of mistakes that are costly, answering alone allows surely no more.
CRITICAL_COST = 10
CRITICAL_MOST = 0.005
WRONG_ALPHA = 0.05
# What a new version answers of labels that were decided before it: so many, to begin above 0.
REPLAYED = 200
INHERITED_MOST = 2
SOLOIST = 4
Counts = tuple[int, int]


@dataclass(frozen=True)
class Level:
    """`enter`, `leave`: what the lower bound must reach, and below what the level is lost.

    `looks`: in so many looks running.
    """

    enter: float
    leave: float
    looks: int = 1


LEVELS = {1: Level(0.60, 0.55), 2: Level(0.85, 0.80), 3: Level(0.93, 0.90, looks=2)}


def lower_bound(right: int, n: int) -> float:
    """The exact one-sided bound (Clopper and Pearson) at 1 %; 0 without checks.

    >>> round(lower_bound(197, 200), 4), round(lower_bound(100, 100), 4)
    (0.9507, 0.955)
    """
    return trust.lower_bound(right, n, alpha=ALPHA)


def upper_bound(right: int, n: int) -> float:
    """The same from above; 1 without checks.

    >>> round(upper_bound(180, 200), 4)
    0.9434
    """
    return trust.upper_bound(right, n, alpha=ALPHA)


@lru_cache
def most_wrong(bar: float, n: int) -> int | None:
    """The highest number of wrong ones of `n` that proves the bar; None where none does.

    >>> for bar in (0.90, 0.95, 0.97, 0.98, 0.99):
    ...     print(bar, *[most_wrong(bar, n) for n in LOOKS])
    0.9 3 10 26 60 132
    0.95 0 3 10 25 59
    0.97 None 0 4 13 32
    0.98 None None 1 7 19
    0.99 None None None 1 7
    """
    if lower_bound(n, n) < bar:
        return None
    return largest(lambda wrong: lower_bound(n - wrong, n) >= bar, 0, n)


def next_look(looked_at: int) -> int | None:
    """At how many decided checks the next look is; None: the series is at its end.

    >>> next_look(0), next_look(200), next_look(1600)
    (100, 400, None)
    """
    return next((n for n in LOOKS if n > looked_at), None)


def earned(right: int, n: int) -> int:
    """The highest level below answering alone that a look proves.

    >>> earned(100, 100), earned(95, 100), earned(93, 100), earned(70, 100)
    (3, 2, 1, 0)
    """
    bound = lower_bound(right, n)
    return max((level for level, bar in LEVELS.items() if bound >= bar.enter), default=0)


def level_after(level: int, looks: Sequence[Counts]) -> int:
    """The level after a look. `looks`: right and n of those of the series, the newest last.

    Whoever answers alone is watched by audits instead, and keeps it here.

    >>> level_after(0, [(95, 100)]), level_after(2, [(80, 100)]), level_after(2, [(90, 100)])
    (2, 1, 2)
    >>> level_after(3, [(94, 100)]), level_after(3, [(94, 100), (188, 200)])
    (3, 2)
    """
    if level >= SOLOIST:
        return level
    found = earned(*looks[-1])
    if found > level:
        return found
    bar = LEVELS.get(level)
    if bar is None or len(looks) < bar.looks:
        return level
    is_below = all(lower_bound(*look) < bar.leave for look in looks[-bar.looks :])
    return level - 1 if is_below else level


def inherited(parent_level: int, parent_lower: float, right: int, n: int) -> int:
    """At which level a new version begins, by its answers to labels decided before it was made.

    One below its parent, where it is not worse: its share of right answers reaches what was proved
    of the parent, and its own bound the bar of that level. Else in the shadow.

    >>> inherited(4, 0.95, 195, 200), inherited(4, 0.95, 188, 200), inherited(4, 0.95, 195, 199)
    (2, 0, 0)
    """
    level = min(parent_level - 1, INHERITED_MOST)
    if level < 1 or n < REPLAYED or right / n < parent_lower:
        return 0
    return level if lower_bound(right, n) >= LEVELS[level].enter else 0


def excludes_critical(critical: int, n: int) -> bool:
    """Whether costly mistakes are surely rare enough to answer alone: 95 % sure of 0.5 % at most.

    >>> excludes_critical(0, 597), excludes_critical(0, 598), excludes_critical(1, 598)
    (False, True, False)
    """
    return wrong_at_most(critical, n) <= CRITICAL_MOST


def wrong_at_most(wrong: int, n: int) -> float:
    """The bound above a share of mistakes, 95 % sure; 1 where nothing was seen.

    >>> round(wrong_at_most(0, 598), 5), round(wrong_at_most(1, 212), 4), wrong_at_most(0, 0)
    (0.005, 0.0222, 1.0)
    """
    return 1 - trust.lower_bound(n - wrong, n, alpha=WRONG_ALPHA)


def false_promotion(bar: float) -> float:
    """The exact chance that a model exactly at the bar passes it in a whole series of looks.

    >>> [round(false_promotion(bar), 3) for bar in (0.90, 0.95, 0.97, 0.98, 0.99)]
    [0.033, 0.03, 0.022, 0.018, 0.012]
    """
    going_on, passed = np.ones(1), 0.0
    for before, at in zip((0, *LOOKS), LOOKS, strict=False):
        going_on = np.convolve(going_on, binomial_masses(at - before, 1 - bar))
        most = most_wrong(bar, at)
        if most is not None:
            passed += math.fsum(going_on[: most + 1])
            going_on[: most + 1] = 0.0
    return passed
