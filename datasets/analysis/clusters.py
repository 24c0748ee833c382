"""Groups of vectors that are near each other (k-means), and what the items of a group share.

scikit-learn is imported when groups are made, and so never by a web process.
"""

import importlib
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
# Groups are learned from so many rows, evenly chosen.
LEARNED_MOST = 20_000
ROWS = 65_536
GROUPS_MOST = 60
# A trait names a group when it is there this many times as often as elsewhere, ...
LIFT_LEAST = 1.5
# ... in this share of the group's items and in so many, ...
SHARE_LEAST = 0.2
ITEMS_LEAST = 3
# ... and by chance as seldom as one time in about 10,000: twice the likelihood ratio.
EVIDENCE_LEAST = 15.0


@dataclass(frozen=True)
class Trait:
    """What is more often in a group than in all: the share of its items, and the times as often."""

    name: str
    share: float
    lift: float


def spread_places(size: int, most: int) -> NDArray[np.int64]:
    """At most so many places, evenly chosen.

    >>> spread_places(10, 4).tolist()
    [0, 2, 5, 7]
    """
    if size <= most:
        return np.arange(size)
    return np.arange(most) * size // most


def group_count(size: int) -> int:
    """How many groups that many items are shown as: few enough to be looked through.

    >>> [group_count(size) for size in (1, 30, 1_000, 10**6)]
    [1, 3, 10, 60]
    """
    return max(1, min(3, size // 10), min(GROUPS_MOST, round(math.sqrt(size / 10))))


def one_thread() -> AbstractContextManager[Any]:
    """What scikit-learn starts more of stand in each other's way on a machine that is busy."""
    return importlib.import_module("threadpoolctl").threadpool_limits(1)


def centres_of(matrix: Array, count: int, *, seed: int) -> NDArray[np.float32]:
    """The middles of groups, of length 1: k-means of evenly chosen rows."""
    rows = np.asarray(matrix[spread_places(len(matrix), LEARNED_MOST)], dtype=np.float32)
    count = min(count, len(np.unique(rows, axis=0)))
    centres = _middles(rows, count, seed) if count > 1 else rows.mean(axis=0, keepdims=True)
    lengths = np.linalg.norm(centres, axis=1, keepdims=True)
    return (centres / np.maximum(lengths, 1e-9)).astype(np.float32)


def _middles(rows: NDArray[np.float32], count: int, seed: int) -> Array:
    cluster = importlib.import_module("sklearn.cluster")
    # Of many groups a good start matters less, and the slow way takes minutes.
    if count > GROUPS_MOST:
        learner = cluster.MiniBatchKMeans(count, n_init=1, max_iter=20, random_state=seed)
    else:
        learner = cluster.KMeans(count, n_init=2, max_iter=50, random_state=seed)
    with one_thread():
        return learner.fit(rows).cluster_centers_


def nearest_centres(
    matrix: Array, centres: Array, *, beat: Callable[[], None] = lambda: None
) -> NDArray[np.int32]:
    """For each row the number of the centre that it is nearest to; of equals the first.

    >>> nearest_centres(np.array([[0.0, 1], [1, 0]]), np.array([[1.0, 0], [0, 1]])).tolist()
    [1, 0]
    """
    found = np.empty(len(matrix), np.int32)
    for start in range(0, len(matrix), ROWS):
        rows = np.asarray(matrix[start : start + ROWS], dtype=np.float32)
        found[start : start + ROWS] = (rows @ centres.T).argmax(axis=1)
        beat()
    return found


def grouped(
    matrix: Array, *, seed: int = 0, beat: Callable[[], None] = lambda: None
) -> NDArray[np.int32]:
    """A group's number for each row, from 0 for the largest.

    >>> grouped(np.repeat([[1.0, 0], [0, 1]], [20, 40], axis=0)).tolist() == [1] * 20 + [0] * 40
    True
    """
    if not len(matrix):
        return np.empty(0, np.int32)
    centres = centres_of(matrix, group_count(len(matrix)), seed=seed)
    beat()
    found = nearest_centres(matrix, centres, beat=beat)
    sizes = np.bincount(found, minlength=len(centres))
    ranks = np.empty(len(centres), np.int32)
    ranks[np.argsort(-sizes, kind="stable")] = np.arange(len(centres))
    return ranks[found]


def typicality(
    matrix: Array, groups: NDArray[np.integer], *, beat: Callable[[], None] = lambda: None
) -> NDArray[np.float32]:
    """How like the middle of its group each row is: the product of the two.

    >>> rows = np.array([[1.0, 0], [0, 1], [0, 1], [0, 1]])
    >>> typicality(rows, np.array([0, 1, 1, 1])).tolist()
    [1.0, 1.0, 1.0, 1.0]
    >>> typicality(rows, np.array([0, 0, 0, 0])).tolist()
    [0.25, 0.75, 0.75, 0.75]
    """
    starts = range(0, len(matrix), ROWS)
    sizes = np.bincount(groups)
    sums = np.zeros((len(sizes), matrix.shape[1]))
    for start in starts:
        rows, own = matrix[start : start + ROWS], groups[start : start + ROWS]
        np.add.at(sums, own, rows)
        beat()
    middles = sums / np.maximum(sizes, 1)[:, None]
    found = np.empty(len(matrix), "<f4")
    for start in starts:
        rows, own = matrix[start : start + ROWS], groups[start : start + ROWS]
        found[start : start + ROWS] = np.einsum("ij,ij->i", rows, middles[own])
        beat()
    return found


def traits_of(
    groups: NDArray[np.integer], having: Mapping[str, Sequence[int] | Array]
) -> list[list[Trait]]:
    """For each group what its items have in common and others have not, the clearest first.

    `having` names for each trait the places of the items that have it, each once. The evidence is
    the likelihood ratio of a share in the group that differs from the share in all
    (n x KL(share || share in all), doubled).

    >>> groups = np.repeat([0, 1], [40, 60])
    >>> traits_of(groups, {"night": range(30), "rain": range(0, 100, 2)})
    [[Trait(name='night', share=0.75, lift=2.5)], []]
    """
    sizes = np.bincount(groups)
    found: list[list[tuple[float, Trait]]] = [[] for _size in sizes]
    for name in sorted(having):
        counts = np.bincount(groups[np.asarray(having[name], np.int64)], minlength=len(sizes))
        overall = counts.sum() / max(len(groups), 1)
        for group in np.flatnonzero(counts >= ITEMS_LEAST).tolist():
            share = counts[group] / sizes[group]
            lift = share / overall
            evidence = 2 * sizes[group] * _divergence(share, overall)
            if lift >= LIFT_LEAST and share >= SHARE_LEAST and evidence >= EVIDENCE_LEAST:
                found[group].append((-evidence, Trait(name, float(share), float(lift))))
    return [
        [trait for _order, trait in sorted(row, key=lambda pair: (pair[0], pair[1].name))]
        for row in found
    ]


def _divergence(share: float, overall: float) -> float:
    """Kullback-Leibler, of two shares, in nats."""
    inside = share * math.log(share / overall) if share > 0 else 0.0
    outside = (1 - share) * math.log((1 - share) / (1 - overall)) if share < 1 else 0.0
    return inside + outside
