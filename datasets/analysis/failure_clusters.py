"""Failures that look alike and were mixed up alike, the most typical of each group first."""

import importlib
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.clusters import one_thread

Array = NDArray[Any]
CLUSTERS_MOST = 40
# How much the two classes of a mix-up count beside the look, whose vectors have the length 1.
MIX_UP = 0.5
SEED = 0


def clusters_of(vectors: Array, truth: Array, predicted: Array) -> list[Array]:
    """Places of the failures by cluster, the largest cluster first, its middle first.

    k-means of the vectors (N, D) beside the classes that each is of and was taken for, (N,).

    >>> vectors = np.repeat(np.eye(2), [6, 12], axis=0)
    >>> found = clusters_of(vectors, np.zeros(18, int), np.ones(18, int))
    >>> [len(places) for places in found], found[0].min()
    ([12, 6], np.int64(6))
    """
    if not len(vectors):
        return []
    rows = np.hstack([vectors, MIX_UP * _columns(truth), MIX_UP * _columns(predicted)])
    rows = rows.astype(np.float32)
    count = min(cluster_count(len(rows)), len(np.unique(rows, axis=0)))
    # Imported when a job groups: it takes seconds that a web process must not spend.
    cluster = importlib.import_module("sklearn.cluster")
    with one_thread():
        learner = cluster.KMeans(count, n_init=4, random_state=SEED).fit(rows)
    distances = np.linalg.norm(rows - learner.cluster_centers_[learner.labels_], axis=1)
    found = []
    for number in range(count):
        places = np.flatnonzero(learner.labels_ == number)
        found.append(places[np.argsort(distances[places], kind="stable")])
    return sorted(found, key=lambda places: (-len(places), places.min()))


def cluster_count(size: int) -> int:
    """So many that one has a dozen failures or more: 3 of 20, 7 of 100, 40 at most.

    >>> [cluster_count(size) for size in (1, 20, 100, 500, 5_000)]
    [1, 3, 7, 16, 40]
    """
    return max(1, min(CLUSTERS_MOST, round(math.sqrt(size / 2))))


def verdict_of(causes: Sequence[str]) -> tuple[str, int]:
    """The cause of most, and of how many; of equals the one that stands first.

    >>> verdict_of(["mix", "model", "model"])
    ('model', 2)
    """
    return Counter(causes).most_common(1)[0]


def _columns(codes: Array) -> Array:
    """A column for each class that occurs."""
    return (codes[:, None] == np.unique(codes)).astype(np.float32)
