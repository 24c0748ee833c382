"""The nearest of many vectors, by cosine: exactly for a question, nearly for all at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.clusters import centres_of, nearest_centres, spread_places

Array = NDArray[Any]
Beat = Callable[[], None]
# Rows that are compared at once: 32 MB of 128 float32 each.
ROWS = 65_536
# Rows of which all are compared with all; of more, each with those of the cells around it.
ALL_WITH_ALL = 30_000
CELL_ROWS = 1_000
CELLS_ASKED = 8
# Where so many lie around one cell that most are the same, some of them do.
OTHERS_MOST = 30_000
ASKED_AT_ONCE = 512
# A sum of 128 products differs in its last digits by where in a block a row stands. Equal vectors
# must be equally near, so that their order is that of their places.
DIGITS = 5
NONE = -1


@dataclass(frozen=True)
class Nearest:
    """A row for each question: places of the nearest, first ones first, and their likeness.

    Where there are fewer than were asked for, the rest is at the place `NONE` with a likeness of
    -1. Likeness is the cosine, of -1 to 1.
    """

    places: NDArray[np.int64]
    likeness: NDArray[np.float32]

    @property
    def distances(self) -> NDArray[np.float32]:
        """1 - likeness to each, 0 to 2."""
        return np.maximum(1 - self.likeness, 0)


def unit(rows: Array) -> NDArray[np.float32]:
    """Rows of length 1; one of zeros stays as it is.

    >>> unit(np.array([[3, 4], [0, 0]])).round(1).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    rows = np.asarray(rows, dtype=np.float32)
    # Large numbers must not overflow when they are squared.
    largest = np.abs(rows).max(axis=1, keepdims=True, initial=0)
    scaled = np.divide(rows, largest, out=np.zeros_like(rows), where=largest > 0)
    lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
    return np.divide(scaled, lengths, out=scaled, where=lengths > 0)


def nearest(matrix: Array, questions: Array, count: int) -> Nearest:
    """The `count` rows of the matrix that are nearest to each question, exactly.

    Rows and questions have length 1. The matrix is read once from its beginning to its end, so
    that it may be a file that is mapped into memory.

    >>> found = nearest(np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32)[:1], 2)
    >>> found.places.tolist(), found.likeness.tolist()
    ([[0, 1]], [[1.0, 0.0]])
    """
    best = [(np.empty(0, np.int64), np.empty(0, np.float32)) for _question in questions]
    for start in range(0, len(matrix), ROWS):
        rows = np.asarray(matrix[start : start + ROWS], dtype=np.float32)
        for number, question in enumerate(questions):
            best[number] = _better(best[number], rows @ question, start, count)
    return _filled(best, count)


def _better(
    best: tuple[Array, Array], likeness: Array, start: int, count: int
) -> tuple[Array, Array]:
    """The best so far and those of one block, most of which are no match for the worst."""
    known, known_likeness = best
    bar = known_likeness[-1] - 10.0**-DIGITS if len(known) == count else -np.inf
    places = np.flatnonzero(likeness > bar)
    if len(places) > 4 * count:
        bar = np.partition(likeness[places], -count)[-count] - 2 * 10.0**-DIGITS
        places = places[likeness[places] > bar]
    likeness = np.concatenate([known_likeness, np.round(likeness[places], DIGITS)])
    places = np.concatenate([known, start + places])
    order = np.lexsort((places, -likeness))[:count]
    return places[order], likeness[order]


def _filled(best: list[tuple[Array, Array]], count: int) -> Nearest:
    places = np.full((len(best), count), NONE, np.int64)
    likeness = np.full((len(best), count), -1, np.float32)
    for number, (found, values) in enumerate(best):
        places[number, : len(found)] = found
        likeness[number, : len(found)] = np.clip(values, -1, 1)
    return Nearest(places, likeness)


def nearest_to_any(matrix: Array, seeds: Array, count: int) -> Nearest:
    """The rows nearest to several seeds: by their likeness to the seed that they are nearest to.

    Seeds may be of several looks, and their mean would lie where none of them is.

    >>> rows = unit(np.array([[1, 0], [1, 1], [0, 1], [-1, 0]]))
    >>> nearest_to_any(rows, rows[[0, 3]], 2).places.tolist()
    [[0, 3]]
    """
    seeds = np.asarray(seeds, dtype=np.float32)
    best = (np.empty(0, np.int64), np.empty(0, np.float32))
    for start in range(0, len(matrix), ROWS):
        rows = np.asarray(matrix[start : start + ROWS], dtype=np.float32)
        best = _better(best, (rows @ seeds.T).max(axis=1), start, count)
    return _filled([best], count)


def neighbourhoods(
    matrix: Array, count: int, *, seed: int = 0, beat: Beat = lambda: None
) -> Nearest:
    """For each row its nearest others.

    Up to `ALL_WITH_ALL` rows exactly. Of more, each row is compared with the members of the
    `CELLS_ASKED` cells around its own, which k-means has made (an inverted file, Jegou et al.
    2011): some neighbours across the edge of a cell are missed.

    >>> rows = unit(np.array([[1, 0], [1, 0.1], [0, 1]]))
    >>> neighbourhoods(rows, 1).places.tolist()
    [[1], [0], [1]]
    """
    places = np.full((len(matrix), count), NONE, np.int64)
    likeness = np.full((len(matrix), count), -1, np.float32)
    for asking, others in _cells(matrix, seed, beat):
        rows = np.asarray(matrix[others], dtype=np.float32)
        for start in range(0, len(asking), ASKED_AT_ONCE):
            some = asking[start : start + ASKED_AT_ONCE]
            found = _nearest_others(matrix, some, others, rows, count)
            width = found.places.shape[1]
            places[some, :width], likeness[some, :width] = found.places, found.likeness
            beat()
    return Nearest(places, likeness)


def _cells(matrix: Array, seed: int, beat: Beat) -> Iterator[tuple[Array, Array]]:
    """Places that ask, and the places that each of them is compared with."""
    if len(matrix) <= ALL_WITH_ALL:
        every = np.arange(len(matrix))
        yield every, every
        return
    centres = centres_of(matrix, len(matrix) // CELL_ROWS, seed=seed)
    beat()
    cells = nearest_centres(matrix, centres, beat=beat)
    around = np.argsort(-(centres @ centres.T), axis=1, kind="stable")[:, :CELLS_ASKED]
    order = np.argsort(cells, kind="stable")
    edges = np.searchsorted(cells[order], np.arange(len(centres) + 1))
    members = [order[edges[number] : edges[number + 1]] for number in range(len(centres))]
    for number, asking in enumerate(members):
        if len(asking):
            others = np.sort(np.concatenate([members[cell] for cell in around[number]]))
            yield asking, others[spread_places(len(others), OTHERS_MOST)]


def _nearest_others(
    matrix: Array, asking: Array, others: Array, rows: Array, count: int
) -> Nearest:
    likeness = np.asarray(matrix[asking], dtype=np.float32) @ rows.T
    likeness[others == asking[:, None]] = -np.inf
    likeness = np.round(likeness, DIGITS)
    width = min(count, len(others) - 1)
    chosen = np.argpartition(-likeness, max(width - 1, 0), axis=1)[:, :width]
    values = np.take_along_axis(likeness, chosen, axis=1)
    order = np.lexsort((others[chosen], -values), axis=1)
    chosen = np.take_along_axis(chosen, order, axis=1)
    values = np.take_along_axis(values, order, axis=1)
    return Nearest(others[chosen], np.clip(values, -1, 1))
