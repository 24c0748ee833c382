"""The candidates of the slice finder: conditions and pairs of them, and which items they hold."""

from collections.abc import Sequence

import numpy as np
import scipy
from numpy.typing import NDArray

from datasets.analysis.conditions import Condition
from datasets.analysis.predicates import SUPPORT, Mask, Predicate

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
# A pair that holds nearly all items of one of its parts says no more than that part.
SAME_SHARE = 0.9


class Candidates:
    """Every condition and every pair of two with enough items, by a place in all arrays.

    `first` and `second` name the parts; they are the same for a single condition. Conditions that
    hold for exactly the same items are one here, as nothing tells them apart.
    """

    def __init__(self, predicates: Sequence[Predicate]) -> None:
        self.alike = _alike(predicates)
        self.masks = [some[0].mask for some in self.alike]
        # Counts below 2^24 are exact as float32, whose products are quickest by far.
        self._met = np.stack(self.masks, axis=1).astype(np.float32)
        self.size = len(self._met)
        n = self._together(self._met)
        self.first, self.second = _worth_testing(n, self.size)
        self.n = n[self.first, self.second]

    def __len__(self) -> int:
        return len(self.first)

    def conditions(self, place: int) -> tuple[Condition, ...]:
        return tuple(self.alike[part][0].condition for part in self._parts(place))

    def twins(self, place: int) -> tuple[Condition, ...]:
        """Conditions that hold for exactly the same items as one of its own."""
        return tuple(twin.condition for part in self._parts(place) for twin in self.alike[part][1:])

    def mask(self, place: int) -> Mask:
        return np.asarray(self.masks[self.first[place]] & self.masks[self.second[place]])

    def among(self, items: Mask | Counts) -> Counts:
        """How many of these items each candidate has; chosen by a mask or by their places."""
        return self._together(self._met[items])[self.first, self.second]

    def p_over_parts(self, place: int, failed: Mask, among: Mask) -> float:
        """That a pair fails more than either part by chance, the larger one; 0 without a pair."""
        parts = self._parts(place)
        if len(parts) == 1:
            return 0.0
        mask = self.mask(place) & among
        n, k = np.array([mask.sum()]), np.array([(mask & failed).sum()])
        wholes = [self.masks[part] & among for part in parts]
        return max(
            float(upper_tails(k, n, int((whole & failed).sum()), int(whole.sum()))[0])
            for whole in wholes
        )

    def _parts(self, place: int) -> tuple[int, ...]:
        return tuple(dict.fromkeys((int(self.first[place]), int(self.second[place]))))

    @staticmethod
    def _together(columns: NDArray[np.float32]) -> Counts:
        return np.rint(columns.T @ columns).astype(np.int64)


def _alike(predicates: Sequence[Predicate]) -> list[list[Predicate]]:
    """Those of the same items together, each in the order in which they are given."""
    found: dict[bytes, list[Predicate]] = {}
    for each in predicates:
        found.setdefault(np.packbits(each.mask).tobytes(), []).append(each)
    return list(found.values())


def _worth_testing(n: Counts, size: int) -> tuple[Counts, Counts]:
    alone = np.diag(n)
    says_more = n <= SAME_SHARE * np.minimum.outer(alone, alone)
    np.fill_diagonal(says_more, True)
    first, second = np.nonzero(np.triu((n >= SUPPORT) & (n <= size - SUPPORT) & says_more))
    return first, second


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
