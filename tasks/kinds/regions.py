"""What objects cover of an image or a text: sides, area, and how much two of them share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.kinds.geometry import corners
from tasks.kinds.outlines import Ring, edges_of, is_within, shared_area

Shape = dict[str, Any]


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
    edges = edges_of(b.outline)
    return sum(is_within(*place, edges) for place in a.places) / len(a.places)


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
