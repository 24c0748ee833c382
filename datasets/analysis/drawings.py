"""What is drawn over a picture: its objects as paths, and the part of it that is worth showing."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.kinds.keypoints import present
from tasks.kinds.regions import rings
from tasks.kinds.rle import frame as mask_frame

Shape = dict[str, Any]
Frame = tuple[float, float, float, float]

# A tile is four by three; what is looked at fills a third of its width or height.
ASPECT = 4 / 3
ROOM = 3
LEAST_WIDTH = 64
# A window this near to the whole picture hides more than it enlarges.
NEARLY_WHOLE = 0.75
DOT = 1 / 90
MOST = 200


@dataclass(frozen=True)
class Mark:
    """An object as it is drawn: `path` is SVG path data in pixels of the picture."""

    path: str
    title: str
    is_concerned: bool


def marks_of(
    shapes: Iterable[Shape], concerned: Collection[str], titles: dict[str, str], window: Frame
) -> list[Mark]:
    """The objects, those that are looked at last and so on top; of very many the first ones.

    >>> car = {"id": "a", "label": "car", "box": [0, 0, 4, 2]}
    >>> marks_of([car], {"a"}, {"car": "Car"}, (0, 0, 4, 2))
    [Mark(path='M0 0L4 0L4 2L0 2Z', title='Car', is_concerned=True)]
    """
    ordered = sorted(shapes, key=lambda shape: shape.get("id") in concerned)
    radius = window[2] * DOT
    return [
        Mark(path_of(shape, radius), titles.get(shape["label"], shape["label"]), is_concerned)
        for shape in ordered[-MOST:]
        for is_concerned in [shape.get("id") in concerned]
    ]


def path_of(shape: Shape, radius: float = 1) -> str:
    """SVG path data of any shape; a keypoint is a dot of the radius, a mask its frame.

    >>> path_of({"polyline": [[0, 0], [2.125, 4]]})
    'M0 0L2.12 4'
    >>> path_of({"keypoints": [[5, 5, 2], [0, 0, 0]]})
    'M4 5a1 1 0 1 0 2 0a1 1 0 1 0 -2 0'
    """
    if "polyline" in shape:
        return _line(shape["polyline"])
    if "keypoints" in shape:
        return "".join(_dot(point, radius) for point in present(shape["keypoints"]))
    if "mask" in shape:
        found = frame_of(shape)
        return path_of({"box": found}) if found else ""
    return "".join(f"{_line(ring)}Z" for ring in rings(shape))


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

    It is the whole picture where they are large, far apart, or none.

    >>> window_of(1600, 1200, [{"box": [780, 580, 40, 30]}])
    (740.0, 550.0, 120, 90.0)
    >>> window_of(1600, 1200, [{"box": [0, 0, 40, 30]}, {"box": [1500, 1100, 40, 30]}])
    (0, 0, 1600, 1200)
    """
    frames = [found for shape in shapes if (found := frame_of(shape))]
    if not frames:
        return 0, 0, width, height
    corners = [(left, top) for left, top, _width, _height in frames]
    corners += [(left + across, top + down) for left, top, across, down in frames]
    left, top, across, down = _frame(corners) or (0, 0, width, height)
    wide = max(across, down * ASPECT, LEAST_WIDTH / ROOM) * ROOM
    high = wide / ASPECT
    if wide >= width * NEARLY_WHOLE or high >= height * NEARLY_WHOLE:
        return 0, 0, width, height
    x = min(max(left + across / 2 - wide / 2, 0), width - wide)
    y = min(max(top + down / 2 - high / 2, 0), height - high)
    return x, y, wide, high


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
