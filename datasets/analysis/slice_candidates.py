"""The candidates of the slice finder: conditions and pairs of them, counted in both halves."""

from collections.abc import Sequence

import numpy as np
import scipy
from numpy.typing import NDArray

from datasets.analysis.conditions import Condition
from datasets.analysis.predicates import SUPPORT, Mask, Predicate

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
# As the figures stand on one half, a candidate needs items in both.
HALF_SUPPORT = SUPPORT // 2
# A pair that holds nearly all items of one of its parts says no more than that part.
SAME_SHARE = 0.9


class Candidates:
    """Every condition and every pair of two with enough items, by a place in all arrays.

    `first` and `second` name the parts; they are the same for a single condition.
    """

    def __init__(self, predicates: Sequence[Predicate], failed: Mask, suggests: Mask) -> None:
        self.predicates = predicates
        met = np.stack([each.mask for each in predicates], axis=1)
        self.suggesting = Half(met[suggests], failed[suggests])
        self.confirming = Half(met[~suggests], failed[~suggests])
        self.whole = self.suggesting + self.confirming
        self.first, self.second = self._worth_testing()

    def _worth_testing(self) -> tuple[Counts, Counts]:
        n = self.whole.n
        alone = np.diag(n)
        is_shown = (n >= SUPPORT) & (n <= self.whole.size - SUPPORT)
        is_shown &= np.minimum(self.suggesting.n, self.confirming.n) >= HALF_SUPPORT
        says_more = n <= SAME_SHARE * np.minimum.outer(alone, alone)
        np.fill_diagonal(says_more, True)
        first, second = np.nonzero(np.triu(is_shown & says_more))
        return first, second

    def __len__(self) -> int:
        return len(self.first)

    def conditions(self, place: int) -> tuple[Condition, ...]:
        parts = dict.fromkeys((self.first[place], self.second[place]))
        return tuple(self.predicates[part].condition for part in parts)

    def mask(self, place: int) -> Mask:
        both = self.predicates[self.first[place]].mask & self.predicates[self.second[place]].mask
        return np.asarray(both)

    def p_values(self, half: "Half") -> Floats:
        """Of each candidate: that so many fail in it by chance."""
        n, failed = half.counts(self)
        return upper_tails(failed, n, half.all_failed, half.size)

    def p_over_parts(self, place: int) -> float:
        """That a pair fails more than either part by chance, the larger one; 0 without a pair."""
        one, other = int(self.first[place]), int(self.second[place])
        if one == other:
            return 0.0
        n, failed = self.whole.n, self.whole.failed
        k, size = failed[one, other][None], n[one, other][None]
        return max(
            float(upper_tails(k, size, int(failed[part, part]), int(n[part, part]))[0])
            for part in (one, other)
        )


class Half:
    """How many items meet each two conditions, and how many of them failed."""

    def __init__(self, met: Mask, failed: Mask) -> None:
        # Counts below 2^24 are exact as float32, whose products are quickest by far.
        columns = met.astype(np.float32)
        self.n = _whole(columns.T @ columns)
        wrong = columns[failed]
        self.failed = _whole(wrong.T @ wrong)
        self.size, self.all_failed = len(failed), int(failed.sum())

    def counts(self, candidates: Candidates) -> tuple[Counts, Counts]:
        """How many items each candidate has, and how many of them failed."""
        at = (candidates.first, candidates.second)
        return self.n[at], self.failed[at]

    def __add__(self, other: "Half") -> "Half":
        both = object.__new__(Half)
        both.n, both.failed = self.n + other.n, self.failed + other.failed
        both.size, both.all_failed = self.size + other.size, self.all_failed + other.all_failed
        return both


def _whole(products: NDArray[np.float32]) -> Counts:
    return np.rint(products).astype(np.int64)


def upper_tails(failed: Counts, n: Counts, all_failed: int, size: int) -> Floats:
    """P(at least so many failing ones among n drawn of `size`, of which `all_failed` fail).

    Fisher's exact test, one-sided, for many tables of the same margins; 1 where no more fail than
    are expected. One mass each, and from it upwards, where each is a known part of the one before.

    >>> upper_tails(np.array([5, 1]), np.array([5, 5]), 5, 10).round(4).tolist()
    [0.004, 1.0]
    """
    found = np.ones(len(n), dtype=np.float64)
    more = np.flatnonzero(failed * size > n * all_failed)
    k, m = failed[more].astype(np.float64), n[more].astype(np.float64)
    rest = size - all_failed
    term = np.exp(_log_choose(all_failed, k) + _log_choose(rest, m - k) - _log_choose(size, m))
    total = term.copy()
    going = np.arange(len(more))
    while len(going):
        j, of = k[going], m[going]
        term[going] *= (all_failed - j) * (of - j) / ((j + 1) * (rest - of + j + 1))
        total[going] += term[going]
        k[going] += 1
        # Beyond the mean each step shrinks: what follows is below the rounding of the sum.
        going = going[term[going] > total[going] * 1e-12]
    found[more] = np.minimum(total, 1.0)
    return found


def _log_choose(n: Floats | int, k: Floats) -> Floats:
    chosen = scipy.special.gammaln(np.asarray(n) + 1.0) - scipy.special.gammaln(k + 1.0)
    return np.asarray(chosen - scipy.special.gammaln(np.asarray(n) - k + 1.0))
