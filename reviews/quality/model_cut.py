"""From which score on a model may answer alone: the lowest cut at which the bar is proved.

Wider and wider sets of checks are tested, from the highest scores down, and the first failure ends
it: tests in a fixed order need no correction for their number. Where the sets begin and end goes by
scores alone, never by what was right.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from reviews.quality.bisection import smallest
from reviews.quality.model_trust import LOOKS, lower_bound

LEAST = 100
LEAST_MOST = LOOKS[-1]
STEPS = 20
FIRST_PART = 3
# The first test forgives so many mistakes, where there are checks enough: one that forgives none
# ends most series of good models by bad luck.
FORGIVEN = 2
# A score, none where the model gives none, and whether the answer was right.
Check = tuple[float | None, bool]


@dataclass(frozen=True)
class Cut:
    """From this score on the bar is proved, by `n` checks of which so many were wrong."""

    score: float
    n: int
    wrong: int

    @property
    def lower(self) -> float:
        return lower_bound(self.n - self.wrong, self.n)


def lowest_cut(checks: Sequence[Check], bar: float) -> Cut | None:
    """The lowest cut that stands, or None.

    Answers without a score are above no cut.

    >>> sure, unsure = [(0.99, True)] * 200, [(0.6, False)] * 50
    >>> lowest_cut(sure + unsure, 0.95)
    Cut(score=0.99, n=200, wrong=0)
    >>> lowest_cut(sure[:99], 0.85), lowest_cut([(None, True)] * 200, 0.85)
    (None, None)
    """
    ordered = sorted(
        ((score, is_right) for score, is_right in checks if score is not None), reverse=True
    )
    found, wrong, done = None, 0, 0
    for n in _sizes([score for score, _right in ordered], bar):
        wrong += sum(not is_right for _score, is_right in ordered[done:n])
        done = n
        if lower_bound(n - wrong, n) < bar:
            break
        found = Cut(ordered[n - 1][0], n, wrong)
    return found


@lru_cache
def least(bar: float, wrong: int = 0) -> int:
    """The fewest checks above a cut that prove the bar though so many are wrong; 100 or more.

    >>> least(0.90), least(0.97), least(0.99), least(0.95, 2)
    (100, 152, 459, 165)
    """
    return smallest(lambda n: lower_bound(n - wrong, n) >= bar, LEAST, LEAST_MOST)


def _sizes(scores: Sequence[float], bar: float) -> Iterator[int]:
    """How many of the highest scores each test takes: never a part of those that are the same."""
    step = max(1, len(scores) // STEPS)
    first = max(least(bar, FORGIVEN), len(scores) // FIRST_PART)
    wanted = max(least(bar), min(first, len(scores)))
    for n in range(wanted, len(scores) + 1):
        is_last = n == len(scores)
        if is_last or (n >= wanted and scores[n] < scores[n - 1]):
            yield n
            wanted = n + step
