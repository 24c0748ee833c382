"""What is drawn over a picture: its objects as paths, and the part of it that is worth showing."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from datasets.analysis.contours import mask_rings, thinned
from tasks.kinds.keypoints import ABSENT, present
from tasks.kinds.regions import rings
from tasks.kinds.rle import frame as mask_frame

Shape = dict[str, Any]
Frame = tuple[float, float, float, float]

# A tile is four by three; what is looked at fills a third of its width or height.
ASPECT = 4 / 3
ROOM = 3
LEAST_WIDTH = 64
# Previews are at most 2,048 pixels wide: of more than this a tile would show a blur.
MOST_ENLARGED = 32
# A window this near to the whole picture hides more than it enlarges.
NEARLY_WHOLE = 0.75
DOT = 1 / 90
# How many cells of a mask a tile has beside each other: each is a pixel or two on the screen.
CELLS = 128
MOST = 200
# Of all objects of a picture together; and how many of these each may have in any case.
MOST_POINTS, LEAST_POINTS = 4_000, 40


@dataclass(frozen=True)
class Mark:
    """An object as it is drawn: `path` is SVG path data in pixels of the picture."""

    path: str
    title: str
    is_concerned: bool


def marks_of(
    shapes: Iterable[Shape], concerned: Collection[str], titles: dict[str, str], window: Frame
) -> list[Mark]:
    """The objects in the window, those that are looked at last and so on top; of very many the
    first ones.

    >>> car = {"id": "a", "label": "car", "box": [0, 0, 4, 2]}
    >>> marks_of([car], {"a"}, {"car": "Car"}, (0, 0, 4, 2))
    [Mark(path='M0 0L4 0L4 2L0 2Z', title='Car', is_concerned=True)]
    """
    seen = [shape for shape in shapes if _meets(frame_of(shape), window)]
    drawn = sorted(seen, key=lambda shape: shape.get("id") in concerned)[-MOST:]
    most = max(MOST_POINTS // max(1, len(drawn)), LEAST_POINTS)
    return [
        Mark(path_of(shape, window, most), titles.get(shape["label"], shape["label"]), is_concerned)
        for shape in drawn
        for is_concerned in [shape.get("id") in concerned]
    ]


def path_of(shape: Shape, window: Frame, most: int = MOST_POINTS) -> str:
    """SVG path data of any shape, with about so many points at most.

    Keypoints are dots, joined by the edges of their skeleton where the shape has its `edges`.

    >>> path_of({"polyline": [[0, 0], [2.125, 4]]}, (0, 0, 90, 60))
    'M0 0L2.12 4'
    >>> path_of({"keypoints": [[5, 5, 2], [0, 0, 0]]}, (0, 0, 90, 60))
    'M4 5a1 1 0 1 0 2 0a1 1 0 1 0 -2 0'
    """
    across = _across(window)
    step = across / CELLS
    if "polyline" in shape:
        return "".join(_line(line) for line in thinned([shape["polyline"]], step, most))
    if "keypoints" in shape:
        return _skeleton(shape, across * DOT, most)
    if "mask" in shape:
        outline = mask_rings(shape["mask"], window, step, most)
    else:
        outline = thinned(rings(shape), step, most)
    return "".join(f"{_line(ring)}Z" for ring in outline)


def frame_of(shape: Shape) -> Frame | None:
    """Left, top, width and height of what a shape covers; None where it covers nothing.

    >>> frame_of({"polygon": [[1, 1], [5, 1], [5, 4]]})
    (1, 1, 4, 3)
    """
    if "mask" in shape:
        found = mask_frame(shape["mask"])
        return found and _frame([found[:2], found[2:]])
    if "polyline" in shape:
        return _frame(shape["polyline"])
    if "keypoints" in shape:
        return _frame(present(shape["keypoints"]))
    return _frame([point for ring in rings(shape) for point in ring])


def window_of(width: float, height: float, shapes: Iterable[Shape]) -> Frame:
    """The part of a picture that shows the shapes with something around them.

    It is the whole picture where they are large, far apart, or none; of a picture that is much
    longer than a tile, a part of its length.

    >>> window_of(1600, 1200, [{"box": [780, 580, 40, 30]}])
    (740.0, 550.0, 120, 90.0)
    >>> window_of(1600, 1200, [{"box": [0, 0, 40, 30]}, {"box": [1500, 1100, 40, 30]}])
    (0, 0, 1600, 1200)
    >>> window_of(9600, 7200, [{"box": [4800, 3600, 10, 10]}])
    (4655.0, 3492.5, 300.0, 225.0)
    >>> window_of(9000, 500, [{"box": [4000, 100, 300, 300]}])
    (3550.0, 0.0, 1200.0, 500)
    """
    frames = [found for shape in shapes if (found := frame_of(shape))]
    if not frames:
        return 0, 0, width, height
    corners = [(left, top) for left, top, _width, _height in frames]
    corners += [(left + across, top + down) for left, top, across, down in frames]
    left, top, across, down = _frame(corners) or (0, 0, width, height)
    whole = _across((0, 0, width, height))
    wide = max(ROOM * max(across, down * ASPECT), LEAST_WIDTH, whole / MOST_ENLARGED)
    high = wide / ASPECT
    if wide >= NEARLY_WHOLE * whole:
        return 0, 0, width, height
    wide, high = min(wide, width), min(high, height)
    x = min(max(left + across / 2 - wide / 2, 0), width - wide)
    y = min(max(top + down / 2 - high / 2, 0), height - high)
    return x, y, wide, high


def _across(window: Frame) -> float:
    """The width of a tile that shows the window whole, in pixels of the picture."""
    return max(window[2], window[3] * ASPECT)


def _meets(frame: Frame | None, window: Frame) -> bool:
    if frame is None:
        return False
    spans = zip(frame[:2], frame[2:], window[:2], window[2:], strict=True)
    return all(at <= start + size and start <= at + long for at, long, start, size in spans)


def _skeleton(shape: Shape, radius: float, most: int) -> str:
    """Of an older schema there may be fewer points than the edges join."""
    points = shape["keypoints"]
    edges = [edge for edge in shape.get("edges", [])[:most] if max(edge) < len(points)]
    ends = [(points[start], points[end]) for start, end in edges]
    lines = [_line(pair) for pair in ends if ABSENT not in (pair[0][2], pair[1][2])]
    return "".join([*lines, *(_dot(point, radius) for point in present(points)[:most])])


def _line(points: Sequence[Sequence[float]]) -> str:
    placed = [f"{_number(point[0])} {_number(point[1])}" for point in points]
    return f"M{'L'.join(placed)}"


def _dot(point: Sequence[float], radius: float) -> str:
    size, across = _number(radius), _number(2 * radius)
    arc = f"a{size} {size} 0 1 0"
    return f"M{_number(point[0] - radius)} {_number(point[1])}{arc} {across} 0{arc} -{across} 0"


def _frame(points: Sequence[Sequence[float]]) -> Frame | None:
    if not points:
        return None
    across, down = [point[0] for point in points], [point[1] for point in points]
    return min(across), min(down), max(across) - min(across), max(down) - min(down)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
