"""Many vectors as points of a map: what is alike lies near each other.

The most important directions (PCA), then t-SNE (van der Maaten, Hinton 2008) of some landmarks;
every other item lies at the weighted mean of the landmarks that it is most like. scikit-learn is
imported when a map is made, and so never by a web process.
"""

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.clusters import one_thread, spread_places
from datasets.analysis.neighbours import Beat, nearest

Array = NDArray[Any]
LANDMARKS_MOST = 2_500
DIRECTIONS = 40
# t-SNE cannot be asked how far it is, so it is done in parts, between which a job says that it
# lives; scikit-learn makes none shorter.
PART_STEPS = 250
PARTS = 3
PULL = 12.0
PERPLEXITY = 30.0
# The landmarks between which an item is placed, and how fast their weight falls with distance.
BETWEEN = 5
ASKED_AT_ONCE = 256
TINY = 1e-3
# t-SNE needs some points to be more than noise.
FEWEST = 10


def layout(matrix: Array, *, seed: int = 0, beat: Beat = lambda: None) -> NDArray[np.float32]:
    """A point for each row, both coordinates within [-1, 1]; the same for the same rows and seed.

    >>> rows = np.repeat(np.eye(4, dtype=np.float32), 5, axis=0)
    >>> points = layout(rows)
    >>> points.shape, bool(np.abs(points).max() <= 1)
    ((20, 2), True)
    """
    if not len(matrix):
        return np.empty((0, 2), np.float32)
    chosen = spread_places(len(matrix), LANDMARKS_MOST)
    landmarks = np.asarray(matrix[chosen], dtype=np.float32)
    placed = _embedded(_along_main_directions(landmarks), seed, beat)
    points = np.empty((len(matrix), 2), np.float32)
    for start in range(0, len(matrix), ASKED_AT_ONCE):
        rows = np.asarray(matrix[start : start + ASKED_AT_ONCE], dtype=np.float32)
        points[start : start + ASKED_AT_ONCE] = _between(rows, landmarks, placed)
        beat()
    # A landmark lies where t-SNE put it, not among its neighbours.
    points[chosen] = placed
    return points


def _along_main_directions(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = rows - rows.mean(axis=0)
    _left, strengths, directions = np.linalg.svd(centred, full_matrices=False)
    # Which way a direction points is chance; its largest part makes it the same everywhere.
    largest = np.abs(directions).argmax(axis=1)
    signs = np.sign(directions[np.arange(len(directions)), largest])
    kept = min(DIRECTIONS, len(strengths))
    return (centred @ (directions * signs[:, None])[:kept].T).astype(np.float32)


def _embedded(rows: NDArray[np.float32], seed: int, beat: Beat) -> NDArray[np.float32]:
    """In [-1, 1]. So few that no neighbourhood says anything lie along their main directions."""
    start = rows[:, :2] if rows.shape[1] > 1 else np.pad(rows, ((0, 0), (0, 1)))
    if len(rows) < FEWEST:
        return _within_square(start)
    manifold = importlib.import_module("sklearn.manifold")
    # As scikit-learn's own start: so small that the first steps order the points anew.
    points = start / max(float(start[:, 0].std()), 1e-9) * 1e-4
    for part in range(PARTS):
        learner = manifold.TSNE(
            init=points.astype(np.float32),
            perplexity=min(PERPLEXITY, (len(rows) - 1) / 3),
            early_exaggeration=PULL if part == 0 else 1.0,
            learning_rate=max(len(rows) / PULL, 50.0),
            max_iter=PART_STEPS,
            random_state=seed,
            n_jobs=1,
        )
        with one_thread():
            points = learner.fit_transform(rows)
        beat()
    return _within_square(points)


def _within_square(points: Array) -> NDArray[np.float32]:
    centred = points - (points.max(axis=0) + points.min(axis=0)) / 2
    return (centred / max(float(np.abs(centred).max()), 1e-9)).astype(np.float32)


def _between(
    rows: NDArray[np.float32], landmarks: NDArray[np.float32], placed: NDArray[np.float32]
) -> NDArray[np.float32]:
    found = nearest(landmarks, rows, min(BETWEEN, len(landmarks)))
    weights = 1 / (found.distances + TINY) ** 2
    weights /= weights.sum(axis=1, keepdims=True)
    return np.einsum("qk,qkd->qd", weights, placed[found.places]).astype(np.float32)
