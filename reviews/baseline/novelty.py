"""How unlike all that was learned an item is, by its nearest neighbour among the learned ones."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Items are compared along this many directions of chance, which keep distances (of signs alone:
# Achlioptas 2003) and favour none that the learned items happen to lie along.
DIRECTIONS = 64
# Learned items that are kept for it: the newest.
KEPT = 5_000
AT_ONCE = 500
SEED = 0

Rows = Any  # A matrix of float32, dense or sparse (CSR), one row an item.


@dataclass(frozen=True)
class Familiar:
    """The learned items as points, and how far each is from the nearest other, sorted."""

    directions: NDArray[np.float32]
    points: NDArray[np.float32]
    distances: NDArray[np.float32]

    def novelty(self, rows: Rows) -> NDArray[Any]:
        """The share of learned items whose nearest neighbour is nearer than the row's: 0 to 1."""
        return self._share(nearest(_along(rows, self.directions), self.points))

    def own_novelty(self, rows: Rows) -> NDArray[Any]:
        """The same for all the rows that it was made of: none is its own neighbour."""
        kept = _along(rows[-KEPT:], self.directions)
        own = self._share(nearest(kept, self.points, is_among_them=True))
        older = rows[:-KEPT]
        return np.concatenate([self.novelty(older), own]) if older.shape[0] else own

    def _share(self, distances: NDArray[Any]) -> NDArray[Any]:
        return np.searchsorted(self.distances, distances) / len(self.distances)


def familiar(rows: Rows) -> Familiar:
    """Of the last `KEPT` rows, which are the newest.

    >>> rows = np.array([[0, 0], [0, 1], [1, 0], [1, 1], [0.5, 0.5]], dtype=np.float32)
    >>> known = familiar(rows)
    >>> [float(share) for share in known.novelty(np.array([[0.5, 0.5], [90, 90]]))]
    [0.0, 1.0]
    """
    signs = np.random.default_rng(SEED).choice([-1, 1], (rows.shape[1], DIRECTIONS))
    directions = (signs / np.sqrt(DIRECTIONS)).astype(np.float32)
    points = _along(rows[-KEPT:], directions)
    distances = np.sort(nearest(points, points, is_among_them=True))
    return Familiar(directions, points, distances)


def _along(rows: Rows, directions: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(rows @ directions, dtype=np.float32)


def nearest(
    points: NDArray[Any], others: NDArray[Any], *, is_among_them: bool = False
) -> NDArray[np.float32]:
    """The distance to the nearest other. A point that is among them leaves one twin out.

    >>> nearest(np.array([[0.0], [3]]), np.array([[0.0], [3]]), is_among_them=True).tolist()
    [3.0, 3.0]
    """
    lengths = (others * others).sum(axis=1)
    found = []
    for start in range(0, len(points), AT_ONCE):
        some = points[start : start + AT_ONCE]
        squares = (some * some).sum(axis=1)[:, None] + lengths - 2 * some @ others.T
        place = 1 if is_among_them and len(others) > 1 else 0
        found.append(np.partition(squares, place, axis=1)[:, place])
    return np.sqrt(np.maximum(np.concatenate(found), 0)).astype(np.float32)
