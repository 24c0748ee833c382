"""Rasters: outlines as grids of cells, and grids of cells as outlines."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.kinds.outlines import Ring, edges_of

Grid = NDArray[np.bool_]
Corner = tuple[int, int]


def rasterise(
    outline: Sequence[Ring], *, left: float, top: float, scale: float, size: tuple[int, int]
) -> Grid:
    """Which cells have their middle inside an odd number of the rings.

    `size` is rows by columns; `scale` the number of cells to a pixel, from `left` and `top` on.

    >>> square = [[0, 0], [2, 0], [2, 1], [0, 1]]
    >>> rasterise([square], left=0, top=0, scale=1, size=(2, 3)).astype(int).tolist()
    [[1, 1, 0], [0, 0, 0]]
    """
    rows, columns = size
    edges = (edges_of(outline) - [left, top, left, top]) * scale
    x0, y0, x1, y1 = edges.T
    # A row crosses an edge when its middle lies in [lower end, upper end).
    first = np.ceil(np.minimum(y0, y1) - 0.5).clip(0, rows).astype(int)
    last = np.ceil(np.maximum(y0, y1) - 0.5).clip(0, rows).astype(int)
    crossed = last - first
    edge = np.repeat(np.arange(len(edges)), crossed)
    row = np.arange(crossed.sum()) - np.repeat(np.cumsum(crossed) - crossed, crossed) + first[edge]
    x = x0[edge] + (row + 0.5 - y0[edge]) / (y1 - y0)[edge] * (x1 - x0)[edge]
    column = np.ceil(x - 0.5).clip(0, columns).astype(int)
    turns = np.bincount(row * (columns + 1) + column, minlength=rows * (columns + 1))
    inside: Grid = np.cumsum(turns.reshape(rows, columns + 1), axis=1)[:, :columns] % 2 == 1
    return inside


def trace(cells: Grid) -> list[list[Corner]]:
    """The rings of corners (x, y) around the cells; those around holes run the other way round.

    Cells that touch in a corner only get rings of their own. By the even-odd rule the rings cover
    the cells exactly.

    >>> trace(np.array([[True, True], [True, True]]))
    [[(0, 0), (2, 0), (2, 2), (0, 2)]]
    """
    following = _steps(cells)
    rings = []
    for start in sorted(following, key=lambda corner: (corner[1], corner[0])):
        while start in following:
            rings.append(_ring(following, start))
    return rings


def simplify(line: NDArray[Any], tolerance: float) -> NDArray[Any]:
    """The line with only the points without which it would leave the old one by more.

    Douglas and Peucker 1973. Both ends are kept.

    >>> simplify(np.array([[0, 0], [5, 0.1], [9, 0], [9, 9]]), 0.5).tolist()
    [[0.0, 0.0], [9.0, 0.0], [9.0, 9.0]]
    """
    kept = np.zeros(len(line), dtype=bool)
    kept[[0, -1]] = True
    open_parts = [(0, len(line) - 1)]
    while open_parts:
        start, end = open_parts.pop()
        if end - start < 2:
            continue
        away = _distances(line[start + 1 : end], line[start], line[end])
        farthest = int(away.argmax())
        if away[farthest] > tolerance:
            middle = start + 1 + farthest
            kept[middle] = True
            open_parts += [(start, middle), (middle, end)]
    return line[kept]


def simplify_ring(ring: NDArray[Any], tolerance: float) -> NDArray[Any]:
    """The same for a closed ring, cut open at its first point and at the one farthest from it.

    >>> square = np.array([[0, 0], [5, 0], [9, 0], [9, 9], [0, 9]])
    >>> simplify_ring(square, 0.5).tolist()
    [[0, 0], [9, 0], [9, 9], [0, 9]]
    """
    cut = int(np.linalg.norm(ring - ring[0], axis=1).argmax())
    there = simplify(ring[: cut + 1], tolerance)
    back = simplify(np.vstack([ring[cut:], ring[:1]]), tolerance)
    return np.vstack([there[:-1], back[:-1]])


def _steps(cells: Grid) -> dict[Corner, list[Corner]]:
    """From each corner the corners that an edge leads to, with the cells on the right hand."""
    padded = np.pad(cells, 1).astype(np.int8)
    down, across = np.diff(padded, axis=0)[:, 1:-1], np.diff(padded, axis=1)[1:-1]
    steps: dict[Corner, list[Corner]] = {}
    for change, sign, dx, dy, x, y in (
        (down, 1, 1, 0, 0, 0),
        (down, -1, -1, 0, 1, 0),
        (across, -1, 0, 1, 0, 0),
        (across, 1, 0, -1, 0, 1),
    ):
        for row, column in np.argwhere(change == sign).tolist():
            corner = column + x, row + y
            steps.setdefault(corner, []).append((corner[0] + dx, corner[1] + dy))
    return steps


def _ring(following: dict[Corner, list[Corner]], start: Corner) -> list[Corner]:
    """Takes one ring out of the steps; only corners where it turns."""
    corners, here, heading = [], start, None
    while here in following:
        choices = following[here]
        there = max(choices, key=lambda corner: _is_right_turn(heading, here, corner))
        choices.remove(there)
        if not choices:
            del following[here]
        turned = there[0] - here[0], there[1] - here[1]
        if turned != heading:
            corners.append(here)
        here, heading = there, turned
    return corners


def _is_right_turn(heading: Corner | None, here: Corner, there: Corner) -> bool:
    """At a corner where two cells touch, turning right stays with the same cell."""
    if heading is None:
        return False
    return heading[0] * (there[1] - here[1]) - heading[1] * (there[0] - here[0]) > 0


def _distances(points: NDArray[Any], start: NDArray[Any], end: NDArray[Any]) -> NDArray[Any]:
    """Of each point from the straight line between two others."""
    along = end - start
    length = float((along**2).sum())
    gap = points - start
    if length:
        gap = gap - np.clip(gap @ along / length, 0, 1)[:, None] * along
    distances: NDArray[Any] = np.linalg.norm(gap, axis=1)
    return distances
