"""The directions along which the items of a project differ most: long rows made short.

They are learned once from some of the items; a later item is laid along the same ones, so that it
can be compared with all before it. scikit-learn is imported when they are learned, and so never by
a web process.
"""

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.neighbours import unit

Rows = Any  # A matrix of float32, dense or sparse (CSR), one row an item.
DIMENSIONS = 128


def main_directions(rows: Rows, *, seed: int = 0) -> NDArray[np.float32]:
    """Up to `DIMENSIONS` directions as columns, those that keep most of the rows (truncated SVD).

    The rows are not centred: what is left of a product of two of them is what counts.

    >>> rows = np.eye(4, 6, dtype=np.float32)
    >>> main_directions(rows).shape
    (6, 4)
    """
    decomposition = importlib.import_module("sklearn.decomposition")
    count = min(DIMENSIONS, rows.shape[0], rows.shape[1])
    learner = decomposition.TruncatedSVD(count, random_state=seed)
    return learner.fit(rows).components_.T.astype(np.float32)


def along(rows: Rows, directions: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Rows of `DIMENSIONS` numbers and length 1; one that has nothing of any direction is zero.

    >>> along(np.array([[0, 2, 0], [0, 0, 5]]), np.eye(3)[:, :2])[:, :3].tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    found = np.asarray(rows @ directions.astype(np.float32), dtype=np.float32)
    return unit(np.pad(found, ((0, 0), (0, DIMENSIONS - found.shape[1]))))
