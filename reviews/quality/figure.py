"""A figure: its value, what it rests on, and how far it may be from the truth."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labelops.intervals import RESAMPLES, Interval, bootstrap

Array = NDArray[Any]
LARGEST = 2**62
# Gets how often each row of items counts, one line per resample; nan where not defined.
Statistic = Callable[[Array], Array]


@dataclass(frozen=True)
class Figure:
    """`n` items stand behind it; a value of None is not defined, which is neither 0 nor 1."""

    value: float | None
    n: int
    interval: Interval | None


NOTHING = Figure(None, 0, None)


def figure_of(
    statistic: Statistic, times: Array, *, resamples: int = RESAMPLES, seed: int = 0
) -> Figure:
    """The figure of items that count `times`, with its bootstrap interval over items.

    >>> right = np.array([1.0, 0.0])
    >>> figure_of(lambda drawn: drawn @ right / drawn.sum(axis=1), np.array([3, 1])).value
    0.75
    """
    n = int(times.sum())
    value = float(statistic(times[None].astype(float))[0]) if n else np.nan
    if not np.isfinite(value):
        return Figure(None, n, None)
    interval = bootstrap(statistic, len(times), times=times, resamples=resamples, seed=seed)
    return Figure(value, n, interval)


def mean_figure(values: Sequence[float]) -> Figure:
    """The mean of one value per item; not defined without items.

    >>> mean_figure([1.0, 0.0, 0.5]).value
    0.5
    """
    different, times = np.unique(np.array(values, dtype=float), return_counts=True)
    return figure_of(lambda drawn: drawn @ different / drawn.sum(axis=1), times)


def patterns(units: Iterable[Sequence[int]], size: int) -> tuple[Array, Array]:
    """The units of two codes or more that differ, as counts of each code, and how often each is.

    >>> counts, times = patterns([[0, 1], [1, 0], [1, 1], [0]], 2)
    >>> counts.tolist(), times.tolist()
    ([[1, 1], [0, 2]], [2, 1])
    """
    found = Counter(tuple(sorted(unit)) for unit in units if len(unit) > 1)
    counts = np.zeros((len(found), size), dtype=np.int64)
    for row, codes in enumerate(found):
        np.add.at(counts[row], list(codes), 1)
    return counts, np.array(list(found.values()), dtype=np.int64)


def distinct(rows: Array) -> tuple[Array, Array]:
    """The rows of counts that differ, in order, and how often each is there.

    >>> rows, times = distinct(np.array([[2, 0], [1, 1], [2, 0]]))
    >>> rows.tolist(), times.tolist()
    ([[1, 1], [2, 0]], [1, 2])
    """
    if not rows.size:
        return rows[:0], np.zeros(0, dtype=np.int64)
    base = int(rows.max()) + 1
    if base ** rows.shape[1] > LARGEST:
        return np.unique(rows, axis=0, return_counts=True)
    # A row as one number, its counts as the digits: far quicker to sort.
    codes = rows @ base ** np.arange(rows.shape[1])[::-1]
    _, first, times = np.unique(codes, return_index=True, return_counts=True)
    return rows[first], times
