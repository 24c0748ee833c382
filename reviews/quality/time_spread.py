"""How the active time of answers is spread: quantiles, and counts in bins of growing width."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

EDGES = (0, 1, 2, 5, 10, 20, 30, 60, 120, 300)


@dataclass(frozen=True)
class TimeBin:
    """From `low` seconds to less than `high`; the last one has no end."""

    low: int
    high: int | None

    @property
    def key(self) -> str:
        return str(self.low)


BINS = tuple(TimeBin(low, high) for low, high in zip(EDGES, (*EDGES[1:], None), strict=True))


def bin_named(key: str) -> TimeBin | None:
    """The bin that begins at so many seconds.

    >>> bin_named("300"), bin_named("7")
    (TimeBin(low=300, high=None), None)
    """
    return next((found for found in BINS if found.key == key), None)


def bins(seconds: Sequence[float]) -> list[tuple[TimeBin, int]]:
    """How many lie in each bin, from the first to the last that is not empty.

    >>> [(found.low, count) for found, count in bins([3, 4, 12])]
    [(2, 2), (5, 0), (10, 1)]
    """
    place = np.searchsorted(EDGES, seconds, side="right") - 1
    counts = np.bincount(place, minlength=len(BINS))
    filled = np.flatnonzero(counts)
    if not len(filled):
        return []
    return [(BINS[at], int(counts[at])) for at in range(filled[0], filled[-1] + 1)]


def quantiles(seconds: Sequence[float], shares: Sequence[float]) -> list[float]:
    """The values below which these shares lie.

    >>> quantiles([1, 2, 3], [0.5])
    [2.0]
    """
    return [float(value) for value in np.quantile(np.array(seconds, dtype=float), shares)]
