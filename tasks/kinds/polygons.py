"""Polygons with holes: what they cover, by the even-odd rule, and how much two of them share."""

from typing import Any

import numpy as np

from tasks.kinds.checks import ANSWER, join
from tasks.kinds.items import ItemFacts
from tasks.kinds.outlines import Ring, cross, edges_of, is_within
from tasks.kinds.points import MAX_POINTS, validate_points

SMALLEST_AREA = 0.0001
MAX_HOLES = 200


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


def _ring(raw: Any, item: ItemFacts, path: str) -> list[list[int | float]]:
    ring = validate_points(raw, item, path, least=3)
    points = np.array(ring, dtype=float)
    arms = points - points[0]
    farthest = arms[(arms**2).sum(axis=1).argmax()]
    if not np.abs(cross(arms, farthest)).max() >= SMALLEST_AREA:
        ANSWER.fail("bad_polygon", path, "The points of the polygon lie on one line.")
    return ring


def _refuse_outside_ring(hole: Ring, ring: Ring, path: str) -> None:
    edges = edges_of([ring])
    for index, (x, y) in enumerate(hole):
        if not is_within(x, y, edges):
            ANSWER.fail(
                "hole_outside",
                f"{path}[{index}]",
                "The hole leaves its polygon at {x}, {y}.",
                x=x,
                y=y,
            )
