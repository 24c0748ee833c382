"""Outlines with no more points than a tile can show: of masks, of polygons and of lines."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.kinds.outlines import Ring
from tasks.kinds.rasters import Grid, simplify_ring, trace
from tasks.kinds.rle import Mask, coarse, frame

# How far beyond the window a mask is followed, in cells: where it is cut, nobody sees it.
BEYOND = 4
# A small ring of a mask is drawn as it is: to straighten its steps would leave nothing of it.
SMALL = 12
# Outlines of so many points are drawn as they are.
FEW = 40


def mask_rings(mask: Mask, window: Sequence[float], step: float, most: int) -> list[Ring]:
    """The rings around what is inside, those around holes, too, with at most so many points.

    `window` is left, top, width and height of what is shown. The mask is seen in cells of about a
    step a side, which are in where any pixel of them is. Where the rings have too many points, as
    those of noise have, the cells grow.

    >>> mask_rings({"size": [2, 2], "counts": "22"}, (0, 0, 2, 2), 1, 40)
    [[[1, 0], [2, 0], [2, 2], [1, 2]]]
    """
    side = max(1, int(np.ceil(step)))
    part = _part(frame(mask), window, BEYOND * side)
    if part is None:
        return []
    cells = coarse(mask, part, side)
    while sum(map(len, rings := _straightened(cells))) > most:
        cells, side = _halved(cells), 2 * side
    corner, end = np.array(part[:2]), np.array(part[2:])
    return [np.minimum(ring * side + corner, end).tolist() for ring in rings]


def thinned(rings: Sequence[Ring], step: float, most: int) -> Sequence[Ring]:
    """The rings, or the line, with no more points than can be seen, and with at most so many.

    Of more than forty points, those nearer than about a step to the one before are left out, and
    holes of less than a step; the step is doubled until few enough are left. What lies outermost
    stays.

    >>> flat = [[x, 0] for x in range(40)]
    >>> thinned([[*flat, [39, 9], [39, 9.5], [0, 9]]], 13, 40)
    [[[0.0, 0.0], [13.0, 0.0], [26.0, 0.0], [39.0, 0.0], [39.0, 9.5], [0.0, 9.0]]]
    """
    if sum(map(len, rings)) <= FEW:
        return rings
    arrays = [np.array(ring, dtype=float) for ring in rings]
    while sum(map(len, arrays := _spaced_rings(arrays, step))) > most:
        step *= 2
    return [ring.tolist() for ring in arrays]


def _part(
    inside: tuple[int, int, int, int] | None, window: Sequence[float], margin: int
) -> tuple[int, int, int, int] | None:
    """The part of a mask's frame that is in the window; None where there is none."""
    if inside is None:
        return None
    left, top, width, height = window
    part = (
        max(inside[0], int(left) - margin),
        max(inside[1], int(top) - margin),
        min(inside[2], int(left + width) + margin),
        min(inside[3], int(top + height) + margin),
    )
    return part if part[0] < part[2] and part[1] < part[3] else None


def _straightened(cells: Grid) -> list[NDArray[Any]]:
    """The rings around the cells; long ones without the steps that a slope makes."""
    rings = [np.array(ring) for ring in trace(cells)]
    return [simplify_ring(ring, 1) if len(ring) > SMALL else ring for ring in rings]


def _halved(cells: Grid) -> Grid:
    """Half as many cells beside and above each other."""
    rows, columns = (np.arange(0, count, 2) for count in cells.shape)
    halved: Grid = np.logical_or.reduceat(np.logical_or.reduceat(cells, rows), columns, axis=1)
    return halved


def _spaced_rings(rings: list[NDArray[Any]], step: float) -> list[NDArray[Any]]:
    holes = [ring for ring in rings[1:] if np.ptp(ring, axis=0).max() > step]
    return [_spaced(ring, step) for ring in [rings[0], *holes]]


def _spaced(points: NDArray[Any], step: float) -> NDArray[Any]:
    """The points that are in another cell than the one before, the ends, and the outermost."""
    cells = np.floor((points - points.min(axis=0)) / step)
    kept = np.ones(len(points), dtype=bool)
    kept[1:-1] = (cells[1:-1] != cells[:-2]).any(axis=1)
    kept[points.argmin(axis=0)] = kept[points.argmax(axis=0)] = True
    return points[kept]
