"""What objects cover of an image or a text: sides, area, and how much two of them share."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from tasks.kinds.geometry import corners

Ring = Sequence[Sequence[float]]
Shape = dict[str, Any]
# Above it the crossings of edges are not searched: lines this close count the area instead.
MOST_EDGES = 400
SCAN_LINES = 512
# A point on the edge is inside, as far as floats can say so.
TOLERANCE = 0.001


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


def points(shape: Shape) -> Ring:
    """The corners of an area, the points of a line, the keypoints that are there.

    >>> points({"keypoints": [[1, 2, 2], [0, 0, 0]]})
    [[1, 2]]
    """
    if "polyline" in shape:
        line: Ring = shape["polyline"]
        return line
    if "keypoints" in shape:
        return [point[:2] for point in shape["keypoints"] if point[2]]
    outline = rings(shape)
    return outline[0] if outline else []


def sides(shape: Shape) -> tuple[float, float] | None:
    """Width and height: a box's own, whatever its turn; a polygon's from its outermost points.

    >>> sides({"box": [0, 0, 4, 2], "rotation": 30}), sides({"polygon": [[0, 0], [4, 1], [1, 3]]})
    ((4, 2), (4, 3))
    """
    if "box" in shape:
        return shape["box"][2], shape["box"][3]
    if "polygon" in shape:
        left, top, right, bottom = hull(shape["polygon"])
        return right - left, bottom - top
    return None


def area(shape: Shape) -> Any:
    """The area that a box or a polygon covers, in square pixels.

    >>> area({"box": [0, 0, 4, 2]}), area({"polygon": [[0, 0], [4, 0], [4, 4]]})
    (8, 8.0)
    """
    if "box" in shape:
        width, height = shape["box"][2:]
        return width * height
    outline = rings(shape)
    return shared_area(outline, outline) if outline else None


def hull(ring: Ring) -> tuple[float, float, float, float]:
    """Left, top, right and bottom.

    >>> hull([[0, 0], [4, 1], [1, 3]])
    (0, 0, 4, 3)
    """
    across, down = [point[0] for point in ring], [point[1] for point in ring]
    return min(across), min(down), max(across), max(down)


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
    total = 0.0
    for low, high in pairwise(levels):
        middle = (low + high) / 2
        total += (high - low) * _shared_length(_inside(mine, middle), _inside(other, middle))
    return total


def overlap(a: Shape, b: Shape) -> float:
    """Intersection over union of two areas, or of two stretches of a text.

    >>> overlap({"box": [0, 0, 4, 4]}, {"box": [0, 0, 4, 2]})
    0.5
    >>> overlap({"start": 0, "end": 6}, {"start": 3, "end": 6})
    0.5
    """
    shared, mine, other = _shared(a, b), _extent(a), _extent(b)
    union = mine + other - shared
    return min(max(shared / union, 0), 1) if union > 0 else 0


def share_inside(a: Shape, b: Shape) -> float:
    """How much of the first lies in the second: of its area or text, or of its points.

    >>> share_inside({"box": [0, 0, 4, 4]}, {"box": [2, 0, 9, 9]})
    0.5
    >>> share_inside({"polyline": [[0, 0], [3, 3]]}, {"box": [2, 0, 9, 9]})
    0.5
    """
    extent = _extent(a)
    if extent > 0:
        return _shared(a, b) / extent
    places, outline = points(a), rings(b)
    if not places or not outline:
        return 0
    return sum(_is_within(place, outline) for place in places) / len(places)


def may_meet(a: Shape, b: Shape) -> bool:
    """Whether the frames of two objects have something in common: cheap, before `overlap`.

    >>> may_meet({"box": [0, 0, 4, 4]}, {"box": [9, 0, 4, 4]})
    False
    """
    if "start" in a or "start" in b:
        return bool(a["start"] < b["end"] and b["start"] < a["end"])
    mine, other = points(a), points(b)
    if not mine or not other:
        return False
    left, top, right, bottom = hull(mine)
    other_left, other_top, other_right, other_bottom = hull(other)
    return (
        left <= other_right and other_left <= right and top <= other_bottom and other_top <= bottom
    )


def _extent(shape: Shape) -> float:
    if "start" in shape:
        length: float = shape["end"] - shape["start"]
        return length
    return area(shape) or 0


def _shared(a: Shape, b: Shape) -> float:
    if "start" in a:
        return max(0, min(a["end"], b["end"]) - max(a["start"], b["start"]))
    if _is_upright(a) and _is_upright(b):
        across = _overlapping(a["box"][0], a["box"][2], b["box"][0], b["box"][2])
        return across * _overlapping(a["box"][1], a["box"][3], b["box"][1], b["box"][3])
    mine, other = rings(a), rings(b)
    return shared_area(mine, other) if mine and other else 0


def _is_upright(shape: Shape) -> bool:
    return "box" in shape and shape.get("rotation", 0) % 360 == 0


def _overlapping(start: float, length: float, other: float, other_length: float) -> float:
    return max(0, min(start + length, other + other_length) - max(start, other))


Edge = tuple[float, float, float, float]


def _edges(outline: Sequence[Ring]) -> list[Edge]:
    return [
        (*start[:2], *end[:2])
        for ring in outline
        for start, end in zip(ring, [*ring[1:], ring[0]], strict=True)
    ]


def _levels(mine: list[Edge], other: list[Edge]) -> list[float]:
    """The heights between which nothing begins, ends or crosses, within both outlines."""
    top = max(min(edge[1] for edge in mine), min(edge[1] for edge in other))
    bottom = min(max(edge[1] for edge in mine), max(edge[1] for edge in other))
    if top >= bottom:
        return []
    edges = [*mine, *other]
    if len(edges) > MOST_EDGES:
        step = (bottom - top) / SCAN_LINES
        return [top + step * line for line in range(SCAN_LINES + 1)]
    heights = {edge[1] for edge in edges} | set(_crossings(edges))
    return [top, *sorted(height for height in heights if top < height < bottom), bottom]


def _crossings(edges: list[Edge]) -> Iterator[float]:
    for index, (x, y, end_x, end_y) in enumerate(edges):
        across, down = end_x - x, end_y - y
        for other_x, other_y, other_end_x, other_end_y in edges[:index]:
            turn = across * (other_end_y - other_y) - down * (other_end_x - other_x)
            if turn == 0:
                continue
            gap_x, gap_y = other_x - x, other_y - y
            share = (gap_x * (other_end_y - other_y) - gap_y * (other_end_x - other_x)) / turn
            other_share = (gap_x * down - gap_y * across) / turn
            if 0 <= share <= 1 and 0 <= other_share <= 1:
                yield y + share * down


def _inside(edges: list[Edge], height: float) -> list[float]:
    """Where the line at a height goes in and out of an outline, from left to right."""
    return sorted(
        x + (height - y) / (end_y - y) * (end_x - x)
        for x, y, end_x, end_y in edges
        if (y <= height < end_y) or (end_y <= height < y)
    )


def _shared_length(mine: list[float], other: list[float]) -> float:
    total, first, second = 0.0, 0, 0
    while first + 1 < len(mine) and second + 1 < len(other):
        start, end = max(mine[first], other[second]), min(mine[first + 1], other[second + 1])
        total += max(0, end - start)
        if mine[first + 1] < other[second + 1]:
            first += 2
        else:
            second += 2
    return total


def _is_within(place: Sequence[float], outline: Sequence[Ring]) -> bool:
    edges = _edges(outline)
    crossed = [x for x in _inside(edges, place[1]) if x > place[0]]
    return len(crossed) % 2 == 1 or any(_away(place, edge) <= TOLERANCE for edge in edges)


def _away(place: Sequence[float], edge: Edge) -> float:
    x, y, end_x, end_y = edge
    across, down = end_x - x, end_y - y
    length = across * across + down * down
    along = ((place[0] - x) * across + (place[1] - y) * down) / length if length else 0
    along = min(max(along, 0), 1)
    return math.hypot(place[0] - x - along * across, place[1] - y - along * down)
