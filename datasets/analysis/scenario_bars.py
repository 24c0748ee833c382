"""Whether a model passes a bar, given how few items say so, and how many more would tell.

The bounds are exact (Clopper and Pearson 1934), each one-sided at 95 %: whatever the size, a model
below the bar passes in at most one of twenty tests, and one above it fails in at most one of
twenty. Wilson's bounds are shorter, but break that promise where bars are: with a bar of 91 % and
30 of 30 right they pass a model of 90.9 % in 6 % of all tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log
from typing import Literal

import numpy as np
import scipy
from numpy.typing import NDArray

from labelops.intervals import Interval, clopper_pearson

ERROR = 0.05
POWER = 0.8
# More labels than this are no advice.
MORE_MOST = 10_000
PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"
Verdict = Literal["pass", "fail", "unknown"]


@dataclass(frozen=True)
class Judgement:
    """What `right` of `n` items say of a bar.

    `interval` ends at the two bounds. `more` labels would decide an unknown one if the share right
    stays; None when it is decided, or when not even `MORE_MOST` would.
    """

    verdict: Verdict
    right: int
    n: int
    interval: Interval | None
    more: int | None = None

    @property
    def share(self) -> float | None:
        return self.right / self.n if self.n else None


def judge(right: int, n: int, bar: float) -> Judgement:
    """Pass when the lower bound reaches the bar, fail when the upper one stays below it.

    >>> judge(96, 100, 0.9).verdict, judge(80, 100, 0.9).verdict
    ('pass', 'fail')
    >>> judge(74, 78, 0.9).verdict, judge(74, 78, 0.9).more
    ('unknown', 64)
    >>> judge(90, 100, 0.9).more is None
    True
    """
    interval = clopper_pearson(right, n, level=1 - 2 * ERROR)
    numbers = np.array([right]), np.array([n])
    if n and _passes(*numbers, bar)[0]:
        return Judgement(PASS, right, n, interval)
    if n and _fails(*numbers, bar)[0]:
        return Judgement(FAIL, right, n, interval)
    return Judgement(UNKNOWN, right, n, interval, _more(right, n, bar))


def judge_groups(groups: Sequence[tuple[int, int]], bar: float) -> Judgement:
    """The same of objects: right and all of each item.

    Objects of one picture are right or wrong together, so that they show less than as many
    pictures would. They count as so many as would leave the same doubt (the design effect of
    Kish 1965), never as more.

    >>> judge_groups([(1, 1)] * 38 + [(0, 1)] * 2, 0.8).verdict
    'pass'
    >>> found = judge_groups([(10, 10)] * 36 + [(0, 10)] * 4, 0.8)
    >>> found.verdict, found.right, found.n, found.more
    ('unknown', 360, 400, 247)
    """
    right, n = (sum(column) for column in zip(*groups, strict=True)) if groups else (0, 0)
    factor = _design_effect(groups, right, n)
    if factor == 1:
        return judge(right, n, bar)
    size = max(1, int(n / factor))
    # Whole ones are rounded toward the bar.
    whole = right * size // n if right / n >= bar else -(-right * size // n)
    found = judge(whole, size, bar)
    more = ceil(found.more * factor) if found.more else None
    return Judgement(found.verdict, right, n, found.interval, more)


def _design_effect(groups: Sequence[tuple[int, int]], right: int, n: int) -> float:
    """How much more a share of groups varies than one of as many single things; 1 or more."""
    if right in (0, n) or len(groups) == n:
        return 1.0
    share, count = right / n, len(groups)
    squares = sum((own - share * size) ** 2 for own, size in groups)
    varying = squares / n**2 * (count / (count - 1) if count > 1 else 1)
    return max(1.0, varying * n / (share * (1 - share)))


def least_items(bar: float) -> int:
    """Of how few items a model that has all of them right can pass.

    >>> least_items(0.9), least_items(0.95), least_items(0.99)
    (29, 59, 299)
    """
    return ceil(log(ERROR) / log(bar))


def right_to_pass(n: int, bar: float) -> int | None:
    """How many of n must be right for a pass; None when not even all of them are enough.

    >>> right_to_pass(100, 0.9), right_to_pass(20, 0.9)
    (96, None)
    """
    right = np.arange(n + 1)
    passing = np.flatnonzero(_passes(right, np.full(n + 1, n), bar))
    return int(passing[0]) if len(passing) else None


def share_to_pass(n: int, bar: float) -> float | None:
    """How good a model must be to pass four times of five; None when none can.

    >>> round(share_to_pass(100, 0.9), 3), round(share_to_pass(1000, 0.9), 3)
    (0.969, 0.923)
    """
    needed = right_to_pass(n, bar)
    if needed is None:
        return None
    # P(at least `needed` of n | p) grows with p, as the distribution function of a beta does.
    return float(scipy.special.betaincinv(needed, n - needed + 1, POWER))


def _passes(right: NDArray[np.int_], n: NDArray[np.int_], bar: float) -> NDArray[np.bool_]:
    """So many right, or more, come from a model just below the bar in at most 5 %."""
    by_chance = np.where(
        right > 0, scipy.special.betainc(np.maximum(right, 1), n - right + 1, bar), 1.0
    )
    return by_chance <= ERROR


def _fails(right: NDArray[np.int_], n: NDArray[np.int_], bar: float) -> NDArray[np.bool_]:
    """So few right, or fewer, come from a model at the bar in less than 5 %."""
    wrong = np.maximum(n - right, 1)
    by_chance = np.where(right < n, scipy.special.betainc(wrong, right + 1, 1 - bar), 1.0)
    return by_chance < ERROR


def _more(right: int, n: int, bar: float) -> int | None:
    """Labels until the verdict stays, at the share right so far; None when they are too many.

    Whole items are rounded toward the bar, and the answer is the first size from which on every
    larger one decides, too: the promise is rather too large than too small. Before anything is
    labeled, a model without a mistake is assumed.
    """
    if n == 0:
        return least_items(bar)
    sizes = n + np.arange(1, MORE_MOST + 1)
    if right / n >= bar:
        decides = _passes(sizes * right // n, sizes, bar)
    else:
        decides = _fails(-(-sizes * right // n), sizes, bar)
    undecided = np.flatnonzero(~decides)
    more = int(undecided[-1]) + 2 if len(undecided) else 1
    return more if more <= MORE_MOST else None
