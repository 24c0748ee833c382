"""Which items are unlike all others: how far they are from their nearest neighbours."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.neighbours import NONE, Nearest

NEIGHBOURS = 10


def strangeness(found: Nearest) -> NDArray[np.float32]:
    """By row the mean distance to its neighbours, as times the usual one (the median of all).

    1 is usual, 3 is three times as far from the others. 0 for one that has no neighbour, and for
    all where more than half have a twin of no distance. The mean and the median are those of
    cleanlab (Kuan, Mueller 2022).

    >>> places, likeness = np.array([[1], [0], [1]]), np.array([[0.9], [0.9], [0.7]])
    >>> strangeness(Nearest(places, likeness)).round(3).tolist()
    [1.0, 1.0, 3.0]
    """
    is_there = found.places != NONE
    counts = is_there.sum(axis=1)
    means = np.where(is_there, found.distances, 0).sum(axis=1) / np.maximum(counts, 1)
    usual = float(np.median(means[counts > 0])) if (counts > 0).any() else 0.0
    return (means / usual if usual > 0 else np.zeros_like(means)).astype(np.float32)


def by_strangeness(values: NDArray[Any], *, least: float = 0.0) -> NDArray[np.int64]:
    """Places from the strangest on, those of equal values in their order.

    >>> by_strangeness(np.array([1.0, 3, 1, 2]), least=1.0).tolist()
    [1, 3, 0, 2]
    """
    order = np.argsort(-values, kind="stable")
    return order[values[order] >= least]
