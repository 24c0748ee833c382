"""Control charts of shares: which week differs from the weeks before it by more than chance.

A p-chart after Shewhart. Its usual limits, p ± 3 sqrt(p (1 - p) / n), are wrong for the few checks
that a person has in a week, and take the share of the weeks before for known. Here the limits are
those of the predictive distribution: given what was right before, with Jeffreys' prior
Beta(1/2, 1/2), the number of right answers of the next n is beta-binomial (Menzefricke 2002, "On
the evaluation of control chart limits based on predictive distributions", Communications in
Statistics 31). They are exact for any n, and wider where less is known.

Two rules, sparingly: a week beyond its limits, each passed by chance in at most 0.135 % of weeks as
with three sigma; and two of three weeks in a row beyond a limit of 1 %, on one side. Of the other
rules of Western Electric (1956) each would add alarms that nobody could follow up. Together they
call at most 3 weeks in 1000 wrongly: with 200 people that is somebody every other week, as the
page says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np

from labelops.distributions import beta_binomial_masses

TAIL = 0.00135
WARNING_TAIL = 0.01
# Fewer checks before a week say too little of what is usual.
LEAST_BEFORE = 30
PRIOR = 0.5
# At most so many weeks in 1000 are called wrongly; the tests hold it against a simulation.
FALSE_ALARMS_PER_1000 = 3


class Verdict(StrEnum):
    """What a week says. `UNKNOWN`: too little was checked before it."""

    UNKNOWN = "unknown"
    USUAL = "usual"
    LOW = "low"
    HIGH = "high"
    LOW_RUN = "low_run"
    HIGH_RUN = "high_run"


BREAKS = frozenset({Verdict.LOW, Verdict.HIGH, Verdict.LOW_RUN, Verdict.HIGH_RUN})


@dataclass(frozen=True)
class Limits:
    """Counts of right answers within which a week is usual, both ends included."""

    low: int
    high: int


@dataclass(frozen=True)
class Point:
    """A week: `right` of `n`; what was usual before it as a share, and the limits as counts."""

    right: int
    n: int
    usual: float | None
    limits: Limits | None
    verdict: Verdict

    @property
    def is_break(self) -> bool:
        return self.verdict in BREAKS


@dataclass(frozen=True)
class Bounds:
    """The limits of a break, and the nearer ones of which two of three weeks are one."""

    outer: Limits
    inner: Limits


@lru_cache(maxsize=20_000)
def bounds(n: int, right_before: int, n_before: int) -> Bounds:
    """The counts of n that are passed on each side with a chance of at most `TAIL`, and the
    nearer ones with at most `WARNING_TAIL`.

    >>> bounds(20, 90, 100).outer, bounds(20, 90, 100).inner
    (Limits(low=12, high=20), Limits(low=14, high=20))
    >>> bounds(20, 900, 1000).outer
    Limits(low=13, high=20)
    """
    masses = beta_binomial_masses(n, PRIOR + right_before, PRIOR + n_before - right_before)
    upto, above = np.cumsum(masses), np.cumsum(masses[::-1])
    lows = np.searchsorted(upto, (TAIL, WARNING_TAIL), side="right")
    highs = n - np.searchsorted(above, (TAIL, WARNING_TAIL), side="right")
    outer, inner = (
        Limits(min(int(low), n), max(int(high), 0)) for low, high in zip(lows, highs, strict=True)
    )
    return Bounds(outer, inner)


def judge(weeks: Sequence[tuple[int, int]]) -> list[Point]:
    """Each week, (right, n), against all before it that were usual themselves.

    >>> [point.verdict.value for point in judge([(28, 30), (27, 30), (14, 30), (28, 30)])]
    ['unknown', 'usual', 'low', 'usual']
    """
    points: list[Point] = []
    sides: list[int] = []
    right_before = n_before = 0
    for right, n in weeks:
        if n_before < LEAST_BEFORE or not n:
            usual = right_before / n_before if n_before >= LEAST_BEFORE else None
            point = Point(right, n, usual, None, Verdict.UNKNOWN)
        else:
            found = bounds(n, right_before, n_before)
            sides.append(_side(right, found.inner))
            verdict = _verdict(right, found.outer, sides)
            point = Point(right, n, right_before / n_before, found.outer, verdict)
        points.append(point)
        if not point.is_break:
            right_before, n_before = right_before + right, n_before + n
    return points


def _side(right: int, found: Limits) -> int:
    return -1 if right < found.low else 1 if right > found.high else 0


def _verdict(right: int, found: Limits, sides: list[int]) -> Verdict:
    side = _side(right, found)
    if side:
        return Verdict.LOW if side < 0 else Verdict.HIGH
    is_second = sides[-1] != 0 and sides[-3:].count(sides[-1]) >= 2
    if is_second:
        return Verdict.LOW_RUN if sides[-1] < 0 else Verdict.HIGH_RUN
    return Verdict.USUAL
