"""Polygons with holes: what they cover, by the even-odd rule, and how much two of them share."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.kinds.checks import ANSWER, join
from tasks.kinds.items import ItemFacts
from tasks.kinds.points import MAX_POINTS, TOLERANCE, validate_points

Ring = Sequence[Sequence[float]]
SMALLEST_AREA = 0.0001
MAX_HOLES = 200
# Above it the crossings of edges are not searched: lines this close count the area instead.
MOST_EDGES = 600
SCAN_LINES = 2_048
MOST_CELLS = 1_000_000


def validate_polygon(entry: dict[str, Any], item: ItemFacts, path: str) -> dict[str, Any]:
    """The ring, and its holes if it has any, each of them inside the ring.

    >>> triangle = {"polygon": [[1, 2], [5, 2], [5, 9]]}
    >>> validate_polygon(triangle, ItemFacts("image", 9, 9), "objects[0]")
    {'polygon': [[1, 2], [5, 2], [5, 9]]}
    """
    where = join(path, "polygon")
    polygon = _ring(entry["polygon"], item, where)
    at = join(path, "holes")
    raw = ANSWER.sequence(entry.get("holes", []), at, most=MAX_HOLES)
    holes = [_ring(hole, item, f"{at}[{index}]") for index, hole in enumerate(raw)]
    count = len(polygon) + sum(len(hole) for hole in holes)
    if count > MAX_POINTS:
        ANSWER.fail(
            "too_many",
            at,
            "The polygon and its holes have {count} points; at most {most} are allowed.",
            count=count,
            most=MAX_POINTS,
        )
    for index, hole in enumerate(holes):
        _refuse_outside_ring(hole, polygon, f"{at}[{index}]")
    return {"polygon": polygon, **({"holes": holes} if holes else {})}


def rings(shape: dict[str, Any]) -> list[Ring]:
    """The outline of a polygon and its holes.

    >>> rings({"polygon": [[0, 0], [4, 0], [4, 4]]})
    [[[0, 0], [4, 0], [4, 4]]]
    """
    return [shape["polygon"], *shape.get("holes", [])]


def covered_area(outline: Sequence[Ring]) -> float:
    """The area inside an odd number of the rings.

    >>> square, hole = [[0, 0], [4, 0], [4, 4], [0, 4]], [[1, 1], [3, 1], [3, 3], [1, 3]]
    >>> round(covered_area([square, hole]), 6)
    12.0
    """
    return shared_area(outline, outline)


def shared_area(first: Sequence[Ring], second: Sequence[Ring]) -> float:
    """The area inside both outlines, in the square of their unit.

    Along a line y = c the length inside both is a sum over sorted edges; between two neighbouring
    corners or crossings it is linear in c, so that its value in the middle times the height is
    exact. With more than 600 edges, 2,048 lines at equal distances are used.

    >>> square = [[0, 0], [4, 0], [4, 4], [0, 4]]
    >>> round(shared_area([square], [[[2, 2], [6, 2], [6, 6], [2, 6]]]), 6)
    4.0
    """
    edges = np.vstack([_edges(first), _edges(second)])
    is_first = np.arange(len(edges)) < sum(len(ring) for ring in first)
    levels = _levels(edges)
    middles, heights = (levels[:-1] + levels[1:]) / 2, np.diff(levels)
    step = max(1, MOST_CELLS // len(edges))
    return float(
        sum(
            heights[at : at + step] @ _shared_lengths(edges, is_first, middles[at : at + step])
            for at in range(0, len(middles), step)
        )
    )


def _edges(outline: Sequence[Ring]) -> NDArray[Any]:
    """Rows of x, y, next x, next y."""
    arrays = [np.array(ring, dtype=float) for ring in outline]
    return np.vstack([np.hstack([ring, np.roll(ring, -1, axis=0)]) for ring in arrays])


def _levels(edges: NDArray[Any]) -> NDArray[Any]:
    if len(edges) > MOST_EDGES:
        return np.linspace(edges[:, 1].min(), edges[:, 1].max(), SCAN_LINES + 1)
    return np.unique(np.concatenate([edges[:, 1], _crossings(edges)]))


def _crossings(edges: NDArray[Any]) -> NDArray[Any]:
    """The heights at which two edges cross."""
    start, along = edges[:, :2], edges[:, 2:] - edges[:, :2]
    gap = start[None, :, :] - start[:, None, :]
    cross = _cross(along[:, None], along[None, :])
    with np.errstate(divide="ignore", invalid="ignore"):
        mine = _cross(gap, along[None, :]) / cross
        other = _cross(gap, along[:, None]) / cross
    meets = (cross != 0) & (mine >= 0) & (mine <= 1) & (other >= 0) & (other <= 1)
    rows = np.nonzero(meets)[0]
    heights: NDArray[Any] = start[rows, 1] + mine[meets] * along[rows, 1]
    return heights


def _cross(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    product: NDArray[Any] = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return product


def _shared_lengths(
    edges: NDArray[Any], is_first: NDArray[Any], heights: NDArray[Any]
) -> NDArray[Any]:
    """The length inside both outlines along each of the lines y = height."""
    x0, y0, x1, y1 = edges.T
    line = heights[:, None]
    crossed = (np.minimum(y0, y1) <= line) & (line < np.maximum(y0, y1))
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.where(crossed, x0 + (line - y0) / (y1 - y0) * (x1 - x0), np.inf)
        order = np.argsort(x, axis=1, kind="stable")
        gaps = np.diff(np.take_along_axis(x, order, axis=1), axis=1)
    mine = is_first[order] & np.take_along_axis(crossed, order, axis=1)
    other = ~is_first[order] & np.take_along_axis(crossed, order, axis=1)
    inside = (np.cumsum(mine, axis=1) % 2 == 1) & (np.cumsum(other, axis=1) % 2 == 1)
    lengths: NDArray[Any] = np.where(inside[:, :-1], gaps, 0).sum(axis=1)
    return lengths


def _ring(raw: Any, item: ItemFacts, path: str) -> list[list[int | float]]:
    ring = validate_points(raw, item, path, least=3)
    points = np.array(ring, dtype=float)
    arms = points - points[0]
    farthest = arms[(arms**2).sum(axis=1).argmax()]
    if not np.abs(_cross(arms, farthest)).max() >= SMALLEST_AREA:
        ANSWER.fail("bad_polygon", path, "The points of the polygon lie on one line.")
    return ring


def _refuse_outside_ring(hole: Ring, ring: Ring, path: str) -> None:
    edges = _edges([ring])
    for index, (x, y) in enumerate(hole):
        if not _is_within(x, y, edges):
            ANSWER.fail(
                "hole_outside",
                f"{path}[{index}]",
                "The hole leaves its polygon at {x}, {y}.",
                x=x,
                y=y,
            )


def _is_within(x: float, y: float, edges: NDArray[Any]) -> bool:
    """Inside by the even-odd rule, or on the edge."""
    start, along = edges[:, :2], edges[:, 2:] - edges[:, :2]
    gap = np.array([x, y]) - start
    length = np.maximum((along**2).sum(axis=1), np.finfo(float).tiny)
    share = np.clip((gap * along).sum(axis=1) / length, 0, 1)
    if np.linalg.norm(gap - share[:, None] * along, axis=1).min() <= TOLERANCE:
        return True
    _, y0, _, y1 = edges.T
    crossed = (y0 > y) != (y1 > y)
    to_the_right = start[crossed, 0] + gap[crossed, 1] / along[crossed, 1] * along[crossed, 0] > x
    return bool(to_the_right.sum() % 2)
