"""Boxes as polygons: corners, overlap, and the best one-to-one pairing of two sets."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

# Rows that are compared at once: thousands of boxes with thousands would not fit into memory.
BLOCK = 256
NEARLY_SAME = 0.999
# Far below any difference of gains, far above the rounding of their sums.
TIE = 1e-12

Point = tuple[float, float]


def corners(box: Sequence[float], rotation: float = 0) -> list[Point]:
    """The corners of [x, y, width, height], turned about its centre (degrees, clockwise).

    >>> corners([0, 0, 4, 2])
    [(0, 0), (4, 0), (4, 2), (0, 2)]
    >>> [(round(x, 6), round(y, 6)) for x, y in corners([0, 0, 4, 2], 90)]
    [(3.0, -1.0), (3.0, 3.0), (1.0, 3.0), (1.0, -1.0)]
    """
    x, y, width, height = box
    square = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    if rotation % 360 == 0:
        return square
    cos, sin = math.cos(math.radians(rotation)), math.sin(math.radians(rotation))
    mid_x, mid_y = x + width / 2, y + height / 2
    turned = []
    for left, top in square:
        dx, dy = left - mid_x, top - mid_y
        turned.append((mid_x + dx * cos - dy * sin, mid_y + dx * sin + dy * cos))
    return turned


def polygon_area(points: Sequence[Point]) -> float:
    """The area of a simple polygon by the shoelace formula.

    >>> polygon_area([(0, 0), (4, 0), (4, 2), (0, 2)])
    8.0
    """
    following = [*points[1:], *points[:1]]
    twice = sum(
        x * next_y - next_x * y for (x, y), (next_x, next_y) in zip(points, following, strict=True)
    )
    return abs(twice) / 2


def clip(subject: Sequence[Point], window: Sequence[Point]) -> list[Point]:
    """The part of one convex polygon inside another (Sutherland and Hodgman 1974).

    >>> polygon_area(clip([(0, 0), (4, 0), (4, 4), (0, 4)], [(2, 2), (6, 2), (6, 6), (2, 6)]))
    4.0
    """
    result = list(subject)
    for index, start in enumerate(window):
        end = window[(index + 1) % len(window)]
        result = _keep_inside(result, start, end)
    return result


def iou_matrix(first: Sequence[dict[str, Any]], second: Sequence[dict[str, Any]]) -> NDArray[Any]:
    """Intersection over union of every box of `first` with every box of `second`.

    >>> iou_matrix([{"box": [0, 0, 4, 4]}], [{"box": [2, 0, 4, 4]}]).round(4).tolist()
    [[0.3333]]
    """
    if not first or not second:
        return np.zeros((len(first), len(second)))
    blocks = (first[start : start + BLOCK] for start in range(0, len(first), BLOCK))
    return np.vstack([_iou_block(block, second) for block in blocks])


def _iou_block(first: Sequence[dict[str, Any]], second: Sequence[dict[str, Any]]) -> NDArray[Any]:
    hull_a, hull_b = _hulls(first), _hulls(second)
    sides = np.minimum(hull_a[:, None, 2:], hull_b[None, :, 2:]) - np.maximum(
        hull_a[:, None, :2], hull_b[None, :, :2]
    )
    shared = np.prod(np.clip(sides, 0, None), axis=2)
    area_a, area_b = _areas(first), _areas(second)
    turned = _turned(first)[:, None] | _turned(second)[None, :]
    for row, column in np.argwhere(turned & (shared > 0)):
        shared[row, column] = _overlap(first[row], second[column])
    iou = np.clip(shared / (area_a[:, None] + area_b[None, :] - shared), 0, 1)
    # Exactly 1, whatever the rounding: a distance must be zero on itself.
    placed_a, placed_b = _placed(first), _placed(second)
    for row, column in np.argwhere(iou > NEARLY_SAME):
        if (placed_a[row] == placed_b[column]).all():
            iou[row, column] = 1.0
    return iou


def best_pairs(gain: NDArray[Any]) -> list[tuple[int, int]]:
    """The one-to-one pairing of rows and columns with the largest total gain (Hungarian method).

    What has no gain together is no pair. Rows and columns that hang together by gains are solved
    apart from the others: of many boxes each meets only a few.

    >>> best_pairs(np.array([[0.9, 0.8], [0.7, 0.0]]))
    [(0, 1), (1, 0)]
    """
    rows, columns = np.nonzero(gain > 0)
    count, width = gain.shape
    ends = (rows, count + columns)
    links = scipy.sparse.coo_array((np.ones(len(rows)), ends), shape=(count + width,) * 2)
    _parts, part = scipy.sparse.csgraph.connected_components(links, directed=False)
    pairs = []
    for own in _by_part(part, rows):
        block_rows, block_columns = np.unique(rows[own]), np.unique(columns[own])
        block = gain[np.ix_(block_rows, block_columns)]
        pairs += [
            (int(block_rows[row]), int(block_columns[column]))
            for row, column in _matched(block)
            if block[row, column] > 0
        ]
    return sorted(pairs)


def _matched(block: NDArray[Any]) -> list[tuple[Any, Any]]:
    """As many pairs as there can be, with the largest total gain; of equal ones, in order.

    `scipy.optimize` has the same for dense gains, and takes a quarter of a second to import, in
    each of our processes.
    """
    if min(block.shape) == 1:
        return [np.unravel_index(block.argmax(), block.shape)]
    apart = np.abs(np.arange(block.shape[0])[:, None] - np.arange(block.shape[1]))
    # One more for each pair: what has no gain is an edge, too.
    edges = scipy.sparse.csr_array(block + 1.0 - TIE * apart)
    graph = scipy.sparse.csgraph
    return list(zip(*graph.min_weight_full_bipartite_matching(edges, maximize=True), strict=True))


def _by_part(part: NDArray[Any], rows: NDArray[Any]) -> list[NDArray[Any]]:
    """The places in `rows` that belong to each part."""
    if len(rows) == 0:
        return []
    order = np.argsort(part[rows], kind="stable")
    cuts = np.nonzero(np.diff(part[rows][order]))[0] + 1
    return np.split(order, cuts)


def _keep_inside(points: list[Point], start: Point, end: Point) -> list[Point]:
    kept: list[Point] = []
    for index, point in enumerate(points):
        before = points[index - 1]
        side, side_before = _side(start, end, point), _side(start, end, before)
        if (side >= 0) != (side_before >= 0):
            share = side_before / (side_before - side)
            kept.append(
                (
                    before[0] + share * (point[0] - before[0]),
                    before[1] + share * (point[1] - before[1]),
                )
            )
        if side >= 0:
            kept.append(point)
    return kept


def _side(start: Point, end: Point, point: Point) -> float:
    return (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])


def _overlap(a: dict[str, Any], b: dict[str, Any]) -> float:
    return polygon_area(
        clip(corners(a["box"], a.get("rotation", 0)), corners(b["box"], b.get("rotation", 0)))
    )


def _placed(boxes: Sequence[dict[str, Any]]) -> NDArray[Any]:
    return np.array([[*entry["box"], entry.get("rotation", 0) % 360] for entry in boxes], float)


def _hulls(boxes: Sequence[dict[str, Any]]) -> NDArray[Any]:
    points = np.array([corners(entry["box"], entry.get("rotation", 0)) for entry in boxes], float)
    return np.hstack([points.min(axis=1), points.max(axis=1)])


def _areas(boxes: Sequence[dict[str, Any]]) -> NDArray[Any]:
    return _placed(boxes)[:, 2:4].prod(axis=1)


def _turned(boxes: Sequence[dict[str, Any]]) -> NDArray[Any]:
    return _placed(boxes)[:, 4] != 0
