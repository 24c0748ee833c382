"""Shapes in the words of formats that know less: one ring for an area, an upright box."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

from tasks.kinds.geometry import corners

DECIMALS = 12

Points = Sequence[Sequence[float]]


def around(shape: dict[str, Any]) -> Points:
    """The corners of a box, turned as it is, or of a polygon.

    >>> around({"box": [0, 0, 4, 2]}), around({"polygon": [[0, 0], [4, 0], [4, 2]]})
    ([(0, 0), (4, 0), (4, 2), (0, 2)], [[0, 0], [4, 0], [4, 2]])
    """
    if "box" in shape:
        return corners(shape["box"], shape.get("rotation") or 0)
    polygon: Points = shape["polygon"]
    return polygon


def with_slits(ring: Points, holes: list[Points]) -> Points:
    """One ring that goes around the holes too, joined to each by a slit of no width.

    A list of points knows no holes. A reader that fills by the even-odd or the winding rule
    sees the hole all the same, and nothing is rounded to pixels as in a mask.

    >>> with_slits([[0, 0], [9, 0], [9, 9]], [[[5, 2], [6, 2], [6, 3]]])
    [[0, 0], [9, 0], [6, 2], [5, 2], [6, 3], [6, 2], [9, 0], [9, 9]]
    """
    joined = list(ring)
    clockwise = _turn(ring) > 0
    for hole in holes:
        # The other way round than the ring, so that the winding rule leaves it empty.
        inner = hole if (_turn(hole) > 0) != clockwise else hole[::-1]
        at, start = min(
            itertools.product(range(len(joined)), range(len(inner))),
            key=lambda pair: math.dist(joined[pair[0]], inner[pair[1]]),
        )
        around = [*inner[start:], *inner[: start + 1]]
        joined = [*joined[: at + 1], *around, *joined[at:]]
    return joined


def _turn(ring: Points) -> float:
    following = [*ring[1:], *ring[:1]]
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, following, strict=True))


def hull(box: list[float], rotation: float) -> list[float]:
    """The upright box around a box turned about its centre, for formats that know no rotation.

    >>> hull([0, 0, 4, 2], 0), [round(edge, 6) for edge in hull([0, 0, 4, 2], 90)]
    ([0, 0, 4, 2], [1.0, -1.0, 2.0, 4.0])
    """
    if not rotation:
        return box
    x, y, width, height = box
    sine, cosine = (
        abs(math.sin(math.radians(rotation))),
        abs(math.cos(math.radians(rotation))),
    )
    wide, high = width * cosine + height * sine, width * sine + height * cosine
    return [x + (width - wide) / 2, y + (height - high) / 2, wide, high]


def decimal(number: float) -> str:
    """Twelve decimals, without an exponent and without zeros at the end.

    >>> decimal(0.25), decimal(1e-9), decimal(0), decimal(1.0)
    ('0.25', '0.000000001', '0', '1')
    """
    return f"{number:.{DECIMALS}f}".rstrip("0").rstrip(".")
