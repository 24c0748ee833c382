"""Acceptance of a lot by a random sample: the plan, what it promises, when it is decided.

A plan (n, c) looks at n of the lot and accepts it when at most c of them are wrong. All figures
are exact: the wrong ones among n drawn without replacement are hypergeometric.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import ceil, floor

from labelops.distributions import hypergeometric_at_most
from reviews.quality.bisection import largest, smallest

LEVEL = 0.95
SIZE_MOST = 1_000_000
REDUCED = 0.4
# A share times a size that should be whole may miss it by a rounding error.
SLACK = 1e-9


@dataclass(frozen=True)
class Terms:
    """What a plan has to keep: a lot of `size` with at most `aql` of it wrong is rejected with
    at most `producer_risk`, one with `ltpd` or more wrong is accepted with at most `consumer_risk`.
    """

    size: int
    aql: float
    ltpd: float
    producer_risk: float = 0.05
    consumer_risk: float = 0.10

    @property
    def most_good(self) -> int:
        """The most wrong ones in a lot that is still acceptable."""
        return floor(self.aql * self.size + SLACK)

    @property
    def least_bad(self) -> int:
        """The fewest wrong ones in a lot that should be rejected."""
        return min(self.size, max(1, ceil(self.ltpd * self.size - SLACK)))


@dataclass(frozen=True)
class Plan:
    """Look at `n`, accept when at most `c` of them are wrong."""

    n: int
    c: int


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"


def acceptance(size: int, wrong: int, plan: Plan) -> float:
    """P(at most c wrong in n of a lot of `size` that holds `wrong`): one point of the operating
    characteristic, the curve over `wrong`. Rounded, so that what equals a risk keeps it.

    >>> round(acceptance(1000, 10, Plan(128, 3)), 3), round(acceptance(1000, 50, Plan(128, 3)), 3)
    (0.971, 0.097)
    """
    return round(hypergeometric_at_most(plan.c, size, wrong, plan.n), 9)


@lru_cache(maxsize=1024)
def find_plan(terms: Terms) -> Plan:
    """The smallest sample that keeps both risks.

    P(d <= c) falls in n and rises in c. So each c has a smallest n that keeps the consumer's
    risk, which grows with c, and the first c at which it keeps the producer's risk too is best.
    An AQL of 0 tolerates no wrong one in the sample: c = 0, for critical mistakes.

    >>> find_plan(Terms(1000, 0.01, 0.05))
    Plan(n=128, c=3)
    >>> find_plan(Terms(1000, 0, 0.05))
    Plan(n=44, c=0)

    Raises ValueError when the bad rate does not lie above the acceptable one.
    """
    if not 0 <= terms.aql < terms.ltpd <= 1 or terms.most_good >= terms.least_bad:
        raise ValueError("the bad rate must lie above the acceptable one")
    plan = _smallest_sample(terms, Plan(1, 0))
    # It ends: with c = most_good a good lot is accepted whatever n.
    while not _is_good_accepted(terms, plan):
        plan = _smallest_sample(terms, Plan(plan.n, plan.c + 1))
    return plan


def _smallest_sample(terms: Terms, least: Plan) -> Plan:
    """The smallest n from `least.n` on that keeps the consumer's risk with this c."""

    def holds(n: int) -> bool:
        return acceptance(terms.size, terms.least_bad, Plan(n, least.c)) <= terms.consumer_risk

    return Plan(smallest(holds, least.n, terms.size), least.c)


def _is_good_accepted(terms: Terms, plan: Plan) -> bool:
    return acceptance(terms.size, terms.most_good, plan) >= 1 - terms.producer_risk


def reduced_plan(terms: Terms) -> Plan:
    """Two fifths of the sample, and the smallest c that keeps the producer's risk.

    It trusts the lots before: a bad lot is accepted more often than agreed. Where so small a
    sample would accept anything, it stays as it is.

    >>> reduced_plan(Terms(1000, 0.01, 0.05))
    Plan(n=52, c=2)
    """
    whole = find_plan(terms)
    n = ceil(REDUCED * whole.n)
    c = smallest(lambda c: _is_good_accepted(terms, Plan(n, c)), 0, n)
    return Plan(n, c) if c < n else whole


def most_wrong(size: int, n: int, wrong: int, *, level: float = LEVEL) -> int:
    """The exact one-sided upper bound: the largest number wrong in a lot of `size` under which
    `wrong` or fewer in n still have a chance above 1 - level.

    >>> most_wrong(1000, 128, 3)
    57
    >>> most_wrong(200, 200, 3)
    3
    """
    low, high = wrong, size - (n - wrong)
    if n == 0:
        return size
    return largest(lambda total: acceptance(size, total, Plan(n, wrong)) > 1 - level, low, high)


def least_wrong(size: int, n: int, wrong: int, *, level: float = LEVEL) -> int:
    """The exact one-sided lower bound: the smallest number wrong in the lot under which `wrong`
    or more in n still have a chance above 1 - level.

    >>> least_wrong(1000, 128, 4), least_wrong(1000, 128, 0)
    (12, 0)
    """
    if wrong == 0:
        return 0
    below = Plan(n, wrong - 1)
    return smallest(
        lambda total: 1 - acceptance(size, total, below) > 1 - level, wrong, size - (n - wrong)
    )


def verdict(plan: Plan, *, wrong: int, unseen: int) -> Verdict | None:
    """What the lot comes to, as soon as what is left unseen cannot change it; None before.

    >>> verdict(Plan(128, 3), wrong=4, unseen=90)
    <Verdict.REJECTED: 'rejected'>
    >>> verdict(Plan(128, 3), wrong=1, unseen=2)
    <Verdict.ACCEPTED: 'accepted'>
    >>> verdict(Plan(128, 3), wrong=1, unseen=3)
    """
    if wrong > plan.c:
        return Verdict.REJECTED
    return Verdict.ACCEPTED if wrong + unseen <= plan.c else None
