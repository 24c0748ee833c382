"""Polylines: open lines of points, and how close two of them run."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.kinds.checks import ANSWER, join
from tasks.kinds.items import ItemFacts
from tasks.kinds.points import validate_points

Line = Sequence[Sequence[float]]
SAMPLES = 64
# A mean distance of a tenth of the diagonal means that the lines have nothing in common.
WORST_SHARE = 0.1


def validate_polyline(entry: dict[str, Any], item: ItemFacts, path: str) -> dict[str, Any]:
    """The line; its points may not all be one.

    >>> validate_polyline({"polyline": [[1, 2], [5, 2]]}, ItemFacts("image", 9, 9), "objects[0]")
    {'polyline': [[1, 2], [5, 2]]}
    """
    where = join(path, "polyline")
    line = validate_points(entry["polyline"], item, where, least=2)
    if all(point == line[0] for point in line):
        ANSWER.fail("bad_polyline", where, "The polyline has no length.")
    return {"polyline": line}


def line_likeness(first: Line, second: Line) -> float:
    """1 - d / (D / 10), at least 0: d the mean distance of the lines, D their common diagonal.

    The distance is measured from 64 points along each line to the nearest point of the other and
    the two means are averaged (the averaged form of Dubuisson and Jain, "A modified Hausdorff
    distance for object matching", 1994). Direction does not count.

    >>> line, beside = [[0, 0], [0, 30]], [[2, 0], [2, 30]]
    >>> round(line_likeness(line, line), 4), round(line_likeness(line, beside), 4)
    (1.0, 0.3348)
    """
    a, b = np.array(first, dtype=float), np.array(second, dtype=float)
    both = np.vstack([a, b])
    diagonal = float(np.hypot(*np.ptp(both, axis=0)))
    distance = (_mean_distance(a, b) + _mean_distance(b, a)) / 2
    return float(max(0, 1 - distance / (WORST_SHARE * diagonal)))


def _mean_distance(line: NDArray[Any], other: NDArray[Any]) -> float:
    """From points evenly along `line` to the nearest point of `other`."""
    points = evenly(line)
    start, along = other[:-1], np.diff(other, axis=0)
    length = np.maximum((along**2).sum(axis=1), np.finfo(float).tiny)
    share = ((points[:, None, :] - start[None, :, :]) * along[None, :, :]).sum(axis=2) / length
    nearest = start + np.clip(share, 0, 1)[..., None] * along
    return float(np.linalg.norm(points[:, None, :] - nearest, axis=2).min(axis=1).mean())


def evenly(line: NDArray[Any]) -> NDArray[Any]:
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    reached = np.concatenate([[0], np.cumsum(steps)])
    wanted = np.linspace(0, reached[-1], SAMPLES)
    return np.stack([np.interp(wanted, reached, line[:, axis]) for axis in (0, 1)], axis=1)
