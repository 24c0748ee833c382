"""What objects cover of an image or a text: sides, area, and how much two of them share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.kinds.geometry import corners

Ring = Sequence[Sequence[float]]
Shape = dict[str, Any]
# Above it the crossings of edges are not searched: lines this close count the area instead.
MOST_EDGES = 400
SCAN_LINES = 512
# A point on the edge is inside, as far as floats can say so.
TOLERANCE = 0.001


@dataclass(frozen=True)
class Region:
    """An object made ready to be held against others.

    `frame` is left, top, right, bottom; `extent` the area, or the length of a span; `box` is set
    for a box that is not turned.
    """

    frame: tuple[float, float, float, float] | None
    extent: float
    outline: list[Ring]
    places: Ring
    box: Sequence[float] | None


def region_of(shape: Shape) -> Region:
    """The region of a shape or a span.

    >>> region_of({"box": [0, 0, 4, 2]}).frame, region_of({"start": 3, "end": 5}).extent
    ((0, 0, 4, 2), 2)
    """
    if "start" in shape:
        start, end = shape["start"], shape["end"]
        return Region((start, 0, end, 1), end - start, [], [], [start, 0, end - start, 1])
    places = _points(shape)
    is_upright = "box" in shape and shape.get("rotation", 0) % 360 == 0
    return Region(
        frame=_frame(places) if places else None,
        extent=area(shape) or 0,
        outline=rings(shape),
        places=places,
        box=shape["box"] if is_upright else None,
    )


def rings(shape: Shape) -> list[Ring]:
    """The outlines of a box or a polygon; what only has points covers nothing.

    >>> rings({"box": [0, 0, 4, 2]})
    [[(0, 0), (4, 0), (4, 2), (0, 2)]]
    >>> rings({"polyline": [[0, 0], [4, 2]]})
    []
    """
    if "box" in shape:
        return [corners(shape["box"], shape.get("rotation", 0))]
    if "polygon" in shape:
        return [shape["polygon"], *shape.get("holes", [])]
    return []


def sides(shape: Shape) -> tuple[float, float] | None:
    """Width and height: a box's own, whatever its turn; a polygon's from its outermost points.

    >>> sides({"box": [0, 0, 4, 2], "rotation": 30}), sides({"polygon": [[0, 0], [4, 1], [1, 3]]})
    ((4, 2), (4, 3))
    """
    if "box" in shape:
        return shape["box"][2], shape["box"][3]
    if "polygon" in shape:
        left, top, right, bottom = _frame(shape["polygon"])
        return right - left, bottom - top
    return None


def area(shape: Shape) -> float | None:
    """The area that a box or a polygon covers, in square pixels.

    >>> area({"box": [0, 0, 4, 2]}), area({"polygon": [[0, 0], [4, 0], [4, 4]]})
    (8.0, 8.0)
    """
    if "box" in shape:
        return float(shape["box"][2] * shape["box"][3])
    outline = rings(shape)
    return shared_area(outline, outline) if outline else None


def overlap(a: Region, b: Region) -> float:
    """Intersection over union of two areas, or of two stretches of a text.

    >>> overlap(region_of({"box": [0, 0, 4, 4]}), region_of({"box": [0, 0, 4, 2]}))
    0.5
    >>> overlap(region_of({"start": 0, "end": 6}), region_of({"start": 3, "end": 6}))
    0.5
    """
    shared = _shared(a, b)
    union = a.extent + b.extent - shared
    return min(max(shared / union, 0), 1) if union > 0 else 0


def share_inside(a: Region, b: Region) -> float:
    """How much of the first lies in the second: of its area or text, or of its points.

    >>> share_inside(region_of({"box": [0, 0, 4, 4]}), region_of({"box": [2, 0, 9, 9]}))
    0.5
    >>> line = {"polyline": [[0, 0], [3, 3]]}
    >>> share_inside(region_of(line), region_of({"box": [2, 0, 9, 9]}))
    0.5
    """
    if a.extent > 0:
        return _shared(a, b) / a.extent
    if not a.places or not b.outline:
        return 0
    edges = _edges(b.outline)
    return sum(_is_within(place, edges) for place in a.places) / len(a.places)


def may_meet(a: Region, b: Region) -> bool:
    """Whether the frames of two objects have something in common: cheap, before `overlap`.

    >>> may_meet(region_of({"box": [0, 0, 4, 4]}), region_of({"box": [9, 0, 4, 4]}))
    False
    """
    if a.frame is None or b.frame is None:
        return False
    left, top, right, bottom = a.frame
    other_left, other_top, other_right, other_bottom = b.frame
    return (
        left <= other_right and other_left <= right and top <= other_bottom and other_top <= bottom
    )


def overlap_bounds(regions: Sequence[Region]) -> NDArray[Any]:
    """What the overlap of each pair cannot be above, by the frames and the extents alone.

    >>> box, half = {"box": [0, 0, 4, 4]}, {"polygon": [[0, 0], [4, 0], [4, 4]]}
    >>> overlap_bounds([region_of(box), region_of(half)]).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    frames = np.array([region.frame or (0, 0, 0, 0) for region in regions], float).reshape(-1, 4)
    extents = np.array([region.extent for region in regions], float)
    ends = np.minimum(frames[:, None, 2:], frames[None, :, 2:])
    common = np.clip(ends - np.maximum(frames[:, None, :2], frames[None, :, :2]), 0, None)
    least = np.minimum(extents[:, None], extents[None, :])
    shared = np.minimum(common.prod(axis=2), least)
    union = extents[:, None] + extents[None, :] - shared
    bounds: NDArray[Any] = np.divide(shared, union, out=np.zeros(union.shape), where=union > 0)
    return bounds


def shared_area(first: Sequence[Ring], second: Sequence[Ring]) -> float:
    """The area inside both outlines, each by the even-odd rule.

    Between two neighbouring heights of corners and crossings the length inside both is linear, so
    that its value in the middle times the height is exact. With more than 400 edges, 512 lines at
    equal distances are used.

    >>> square = [[0, 0], [4, 0], [4, 4], [0, 4]]
    >>> shared_area([square], [[[2, 2], [6, 2], [6, 6], [2, 6]]])
    4.0
    """
    mine, other = _edges(first), _edges(second)
    levels = _levels(mine, other)
    middles, heights = (levels[:-1] + levels[1:]) / 2, np.diff(levels)
    if not len(heights):
        return 0
    return float(heights @ _shared_lengths(mine, other, middles))


def _points(shape: Shape) -> Ring:
    """The corners of an area, the points of a line, the keypoints that are there."""
    if "polyline" in shape:
        line: Ring = shape["polyline"]
        return line
    if "keypoints" in shape:
        return [point[:2] for point in shape["keypoints"] if point[2]]
    outline = rings(shape)
    return outline[0] if outline else []


def _frame(ring: Ring) -> tuple[float, float, float, float]:
    across, down = [point[0] for point in ring], [point[1] for point in ring]
    return min(across), min(down), max(across), max(down)


def _shared(a: Region, b: Region) -> float:
    if a.box is not None and b.box is not None:
        across = _overlapping(a.box[0], a.box[2], b.box[0], b.box[2])
        return across * _overlapping(a.box[1], a.box[3], b.box[1], b.box[3])
    return shared_area(a.outline, b.outline) if a.outline and b.outline else 0


def _overlapping(start: float, length: float, other: float, other_length: float) -> float:
    return max(0, min(start + length, other + other_length) - max(start, other))


def _edges(outline: Sequence[Ring]) -> NDArray[Any]:
    """Rows of x, y, next x, next y."""
    arrays = [np.array(ring, dtype=float) for ring in outline]
    return np.vstack([np.hstack([ring, np.roll(ring, -1, axis=0)]) for ring in arrays])


def _levels(mine: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """The heights between which nothing begins, ends or crosses, within both outlines."""
    top = max(mine[:, 1].min(), other[:, 1].min())
    bottom = min(mine[:, 1].max(), other[:, 1].max())
    if top >= bottom:
        return np.zeros(1)
    edges = np.vstack([mine, other])
    if len(edges) > MOST_EDGES:
        return np.linspace(top, bottom, SCAN_LINES + 1)
    heights = np.concatenate([edges[:, 1], _crossings(edges), [top, bottom]])
    return np.unique(heights[(heights >= top) & (heights <= bottom)])


def _crossings(edges: NDArray[Any]) -> NDArray[Any]:
    """The heights at which two edges cross."""
    start, along = edges[:, :2], edges[:, 2:] - edges[:, :2]
    gap = start[None, :, :] - start[:, None, :]
    turn = _cross(along[:, None], along[None, :])
    with np.errstate(divide="ignore", invalid="ignore"):
        share = _cross(gap, along[None, :]) / turn
        other_share = _cross(gap, along[:, None]) / turn
    meets = (turn != 0) & (share >= 0) & (share <= 1) & (other_share >= 0) & (other_share <= 1)
    rows = np.nonzero(meets)[0]
    heights: NDArray[Any] = start[rows, 1] + share[meets] * along[rows, 1]
    return heights


def _cross(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    product: NDArray[Any] = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return product


def _shared_lengths(mine: NDArray[Any], other: NDArray[Any], heights: NDArray[Any]) -> NDArray[Any]:
    """The length inside both outlines along each of the lines y = height."""
    edges, line = np.vstack([mine, other]), heights[:, None]
    x, y, end_x, end_y = edges.T
    crossed = (np.minimum(y, end_y) <= line) & (line < np.maximum(y, end_y))
    with np.errstate(divide="ignore", invalid="ignore"):
        at = np.where(crossed, x + (line - y) / (end_y - y) * (end_x - x), np.inf)
        order = np.argsort(at, axis=1, kind="stable")
        gaps = np.diff(np.take_along_axis(at, order, axis=1), axis=1)
    is_crossed = np.take_along_axis(crossed, order, axis=1)
    is_mine = order < len(mine)
    within = (np.cumsum(is_crossed & is_mine, axis=1) % 2 == 1) & (
        np.cumsum(is_crossed & ~is_mine, axis=1) % 2 == 1
    )
    lengths: NDArray[Any] = np.where(within[:, :-1], gaps, 0).sum(axis=1)
    return lengths


def _is_within(place: Sequence[float], edges: NDArray[Any]) -> bool:
    """Inside by the even-odd rule, or on the edge."""
    x, y, end_x, end_y = edges.T
    gap_x, gap_y, across, down = place[0] - x, place[1] - y, end_x - x, end_y - y
    length = np.maximum(across**2 + down**2, np.finfo(float).tiny)
    along = np.clip((gap_x * across + gap_y * down) / length, 0, 1)
    if np.hypot(gap_x - along * across, gap_y - along * down).min() <= TOLERANCE:
        return True
    crossed = (y <= place[1]) != (end_y <= place[1])
    to_the_right = x[crossed] + gap_y[crossed] / down[crossed] * across[crossed] > place[0]
    return bool(to_the_right.sum() % 2)
