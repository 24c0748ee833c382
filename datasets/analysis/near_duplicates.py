"""Pairs of things in different splits that are the same, or nearly."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from datasets.analysis.neighbours import NONE, Nearest

Pair = tuple[int, int]
# What follows from so many that agree by chance or by a common template is not looked at further.
RUN_MOST = 200
PAIRS_MOST = 200_000
KEY_BLOCKS = 3
# Of the median distance of an item to its nearest other: nearer ones are the same to the eye
# (cleanlab, datalab's near-duplicate issues).
NEAR_SHARE = 0.13
# What rounding leaves between two vectors that are equal.
EQUAL = 2e-5


@dataclass(frozen=True)
class Found:
    """`is_complete` is false where a bound was met: then there may be more pairs."""

    pairs: list[Pair]
    count: int
    is_complete: bool = True


def same(keys: NDArray[np.generic], splits: NDArray[np.integer], *, most: int) -> Found:
    """Pairs with the same key and different splits: all are counted, the first `most` named.

    Counted without being made: in a run of n things of which n_s are in split s there are
    (n^2 - sum n_s^2) / 2.

    >>> same(np.array([7, 8, 7, 7]), np.array([0, 0, 1, 0]), most=1)
    Found(pairs=[(0, 2)], count=2, is_complete=True)
    """
    order = np.lexsort((np.arange(len(keys)), splits, keys))
    runs = [run for run in _runs(keys[order]) if splits[order[run[0]]] != splits[order[run[1] - 1]]]
    count = 0
    pairs: list[Pair] = []
    for start, end in sorted(runs, key=lambda run: int(order[run[0] : run[1]].min())):
        members = order[start:end]
        _names, sizes = np.unique(splits[members], return_counts=True)
        count += (len(members) ** 2 - int((sizes.astype(object) ** 2).sum())) // 2
        pairs += itertools.islice(_across(members, splits), most - len(pairs))
    return Found(pairs, count)


def within(
    hashes: NDArray[np.uint64], splits: NDArray[np.integer], *, distance: int
) -> tuple[list[Pair], bool]:
    """Pairs in different splits whose 64-bit hashes differ in at most `distance` bits.

    The bits are cut into `distance` + 3 blocks; hashes that near agree in at least three of them,
    so that comparing within each choice of three finds them all (Manku, Jain, Das Sarma 2007).
    The second value says whether no bound was met.

    >>> within(np.array([0b1011, 0b1000, 1 << 60], dtype=np.uint64), np.array([0, 1, 1]),
    ...        distance=2)
    ([(0, 1)], True)
    """
    edges = np.linspace(0, 64, distance + KEY_BLOCKS + 1).astype(int)
    blocks = [
        sum(1 << place for place in range(first, last))
        for first, last in itertools.pairwise(edges.tolist())
    ]
    columns = (
        hashes & np.uint64(sum(chosen)) for chosen in itertools.combinations(blocks, KEY_BLOCKS)
    )
    pairs, is_complete = sharing(columns, splits)
    near = [
        (first, second)
        for first, second in pairs
        if int(hashes[first] ^ hashes[second]).bit_count() <= distance
    ]
    return near, is_complete


def sharing(
    columns: Iterable[NDArray[np.generic]], splits: NDArray[np.integer]
) -> tuple[list[Pair], bool]:
    """Pairs in different splits that agree in one of the columns, each once and in order.

    >>> sharing([np.array([1, 2, 1]), np.array([3, 4, 3])], np.array([0, 0, 1]))
    ([(0, 2)], True)
    """
    found = np.empty(0, dtype=np.int64)
    is_complete = True
    size = len(splits)
    for column in columns:
        pairs, is_whole = _agreeing(column, splits)
        is_complete &= is_whole
        found = np.unique(np.concatenate([found, pairs]))
        if len(found) > PAIRS_MOST:
            found, is_complete = found[:PAIRS_MOST], False
    return [divmod(int(code), size) for code in found], is_complete


def _agreeing(
    column: NDArray[np.generic], splits: NDArray[np.integer]
) -> tuple[NDArray[np.int64], bool]:
    """Pairs as `first * size + second`, from comparing each thing with the next ones of its run."""
    order = np.argsort(column, kind="stable").astype(np.int64)
    sorted_keys = column[order]
    parts = [np.empty(0, dtype=np.int64)]
    left = np.flatnonzero(sorted_keys[1:] == sorted_keys[:-1])
    for step in range(1, RUN_MOST + 1):
        if not len(left):
            break
        one, other = order[left], order[left + step]
        crosses = splits[one] != splits[other]
        first, second = np.minimum(one, other)[crosses], np.maximum(one, other)[crosses]
        parts.append(first * len(splits) + second)
        if sum(len(part) for part in parts) > PAIRS_MOST:
            return np.concatenate(parts), False
        left = left[left + step + 1 < len(order)]
        left = left[sorted_keys[left] == sorted_keys[left + step + 1]]
    return np.concatenate(parts), not len(left)


def _runs(sorted_keys: NDArray[np.generic]) -> list[tuple[int, int]]:
    """Where the same key stands more than once: starts and ends."""
    changes = np.flatnonzero(sorted_keys[1:] != sorted_keys[:-1]) + 1
    edges = np.concatenate([[0], changes, [len(sorted_keys)]])
    lengths = np.diff(edges)
    return [
        (int(edges[place]), int(edges[place + 1])) for place in np.flatnonzero(lengths > 1).tolist()
    ]


def _across(members: NDArray[np.int64], splits: NDArray[np.integer]) -> Iterable[Pair]:
    """Pairs of the members in different splits, made one by one as they are asked for."""
    by_split = [members[splits[members] == name].tolist() for name in np.unique(splits[members])]
    for one, other in itertools.combinations(by_split, 2):
        for pair in itertools.product(one, other):
            yield min(pair), max(pair)


def twins(found: Nearest) -> NDArray[np.int64]:
    """Pairs of rows, first < second, that are much nearer than the nearest other usually is.

    Within the neighbours that were looked for, the nearest pairs first. Of more equal rows than
    those not all pairs are there, but all rows are in some pair, and `families` ties them together.

    >>> places = np.array([[1], [0], [0], [2]])
    >>> likeness = np.array([[0.999], [0.999], [0.5], [0.4]])
    >>> twins(Nearest(places, likeness)).tolist()
    [[0, 1]]
    """
    if not len(found.places):
        return np.empty((0, 2), np.int64)
    distances = np.where(found.places == NONE, np.inf, found.distances)
    closest = distances[:, 0][np.isfinite(distances[:, 0])]
    bar = max(EQUAL, NEAR_SHARE * float(np.median(closest)) if len(closest) else 0)
    one, neighbour = np.nonzero(distances <= bar)
    other = found.places[one, neighbour]
    pairs = np.stack([np.minimum(one, other), np.maximum(one, other)], axis=1)
    near = distances[one, neighbour]
    order = np.lexsort((pairs[:, 1], pairs[:, 0], near))
    _kept, first = np.unique(pairs[order], axis=0, return_index=True)
    return pairs[order][np.sort(first)]


def families(pairs: NDArray[np.int64]) -> list[list[int]]:
    """What hangs together by pairs, in the order of the first pair of each; members by place.

    >>> families(np.array([[4, 7], [0, 2], [2, 7]]))
    [[0, 2, 4, 7]]
    >>> families(np.array([[4, 7], [0, 2]]))
    [[4, 7], [0, 2]]
    """
    members, ends = np.unique(pairs, return_inverse=True)
    ends = ends.reshape(-1, 2)
    size = len(members)
    graph = scipy.sparse.coo_array(
        (np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(size, size)
    )
    _count, labels = scipy.sparse.csgraph.connected_components(graph, directed=False)
    found: dict[int, list[int]] = {int(labels[first]): [] for first in ends[:, 0]}
    for place, label in zip(members.tolist(), labels.tolist(), strict=True):
        found[label].append(place)
    return list(found.values())
