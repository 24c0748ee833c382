"""The shapes of CVAT as ours: from the attributes of an element to what was drawn."""

import re
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from labelops.hints import Hint
from tasks.formats.controls import Control
from tasks.formats.plain_numbers import number
from tasks.formats.problems import Problem, RowRefused
from tasks.kinds.keypoints import ABSENT, OCCLUDED, VISIBLE
from tasks.kinds.points import MAX_POINTS
from tasks.kinds.rle import compress

TOOLS = {
    "box": "box",
    "polygon": "polygon",
    "polyline": "polyline",
    "points": "keypoint",
    "skeleton": "keypoint",
    "mask": "mask",
}
# A picture of the mask is made in memory, a byte for each pixel.
MOST_PIXELS = 2**26
MOST_RUNS = 2_000_000
STRIPE = 64
RUNS = re.compile(r"\s*\d{1,9}\s*(,\s*\d{1,9}\s*)*", re.ASCII)
Size = tuple[int, int]


def geometry(element: Element, path: str, size: Size, control: Control) -> dict[str, Any]:
    """What was drawn, under our key for it; `size` is the width and height of the image.

    >>> box = Element("box", {"xtl": "1", "ytl": "2", "xbr": "5.5", "ybr": "4", "rotation": "30"})
    >>> geometry(box, "/box", (9, 9), {})
    {'box': [1, 2, 4.5, 2], 'rotation': 30}
    """
    match element.tag:
        case "box":
            return _box(element, path)
        case "polygon" | "polyline":
            return {element.tag: _points(element, path)}
        case "points":
            visible = OCCLUDED if element.get("occluded") == "1" else VISIBLE
            return {"keypoints": [[*point, visible] for point in _points(element, path)]}
        case "skeleton":
            return {"keypoints": _skeleton(element, path, control)}
    return {"mask": _mask(element, path, size)}


def attribute_number(element: Element, name: str, path: str) -> int | float:
    """The number in an attribute. Raises RowRefused with its place."""
    return number(element.get(name), field=f"{path}/@{name}")


def whole_number(element: Element, name: str, path: str) -> int:
    """The number of pixels in an attribute. Raises RowRefused with its place."""
    value = attribute_number(element, name, path)
    if not isinstance(value, int) or value < 0:
        raise RowRefused(
            Problem(
                "not_a_count",
                "{value} is not a whole number of pixels.",
                field=f"{path}/@{name}",
                params={"value": value},
            )
        )
    return value


def _box(element: Element, path: str) -> dict[str, Any]:
    left, top, right, bottom = (
        attribute_number(element, name, path) for name in ("xtl", "ytl", "xbr", "ybr")
    )
    for name, low, high in (("xtl", left, right), ("ytl", top, bottom)):
        if low > high:
            raise RowRefused(
                Problem(
                    "bad_box",
                    "The box begins at {low} and ends at {high}.",
                    field=f"{path}/@{name}",
                    params={"low": low, "high": high},
                )
            )
    turn = attribute_number(element, "rotation", path) if "rotation" in element.attrib else 0
    return {"box": [left, top, right - left, bottom - top], **({"rotation": turn} if turn else {})}


def _points(element: Element, path: str) -> list[list[int | float]]:
    """
    >>> _points(Element("polyline", {"points": "1,2;3.5,4"}), "/polyline")
    [[1, 2], [3.5, 4]]
    """
    field = f"{path}/@points"
    given = element.get("points", "")
    if given.count(";") > MAX_POINTS:
        raise RowRefused(
            Problem(
                "too_many",
                "There are more than {most} points.",
                field=field,
                params={"most": MAX_POINTS},
            )
        )
    points = []
    for pair in given.strip().rstrip(";").split(";"):
        values = [number(value, field=field) for value in pair.split(",")]
        if len(values) != 2:
            raise RowRefused(
                Problem(
                    "bad_point",
                    "A point is two numbers, not {count}.",
                    field=field,
                    params={"count": len(values)},
                )
            )
        points.append(values)
    return points


def _skeleton(element: Element, path: str, control: Control) -> list[list[int | float]]:
    """A point for each name of our skeleton; those that are not there are absent."""
    names = control.get("skeleton", {}).get("names", [])
    places: dict[str, list[int | float]] = {name: [0, 0, ABSENT] for name in names}
    for index, part in enumerate(element.iterfind("points"), start=1):
        where, name = f"{path}/points[{index}]", part.get("label", "")
        if name not in places:
            raise RowRefused(
                Problem(
                    "unknown_point",
                    "The skeleton has no point “{name}”.",
                    field=f"{where}/@label",
                    params={"name": name[:80]},
                    hint=Hint("Its points: {names}.", names=", ".join(names)),
                )
            )
        if part.get("outside") == "1":
            continue
        [first, *_others] = _points(part, where)
        places[name] = [*first, OCCLUDED if part.get("occluded") == "1" else VISIBLE]
    return list(places.values())


def _mask(element: Element, path: str, size: Size) -> dict[str, Any]:
    """The run lengths of CVAT, row by row within a frame, as those of COCO: column by column.

    >>> mask = {"rle": "1, 2, 1", "left": "1", "top": "0", "width": "2", "height": "2"}
    >>> _mask(Element("mask", mask), "/mask", (4, 2))
    {'size': [2, 4], 'counts': '323'}
    """
    left, top, wide, high = (
        whole_number(element, name, path) for name in ("left", "top", "width", "height")
    )
    width, height = size
    if left + wide > width or top + high > height or wide * high > MOST_PIXELS:
        raise RowRefused(
            Problem(
                "bad_mask",
                "The mask of {width} × {height} pixels does not lie in the image.",
                field=path,
                params={"width": wide, "height": high},
            )
        )
    inside = _unpacked(element.get("rle", ""), f"{path}/@rle", wide, high)
    edges = [_edges(inside, first, path) for first in range(0, wide, STRIPE)]
    if sum(map(len, edges)) > MOST_RUNS:
        raise RowRefused(_too_fine(path))
    # From the frame to the whole image; a run that goes on in the next column is one.
    columns, rows = np.concatenate([*edges, np.zeros((0, 2), np.int64)]).T
    places, times = np.unique((left + columns) * height + top + rows, return_counts=True)
    borders = np.concatenate([[0], places[times == 1], [width * height]])
    counts = np.diff(borders).tolist()
    return {"size": [height, width], "counts": compress(counts if counts[-1] else counts[:-1])}


def _unpacked(text: str, field: str, wide: int, high: int) -> Any:
    runs = [int(run) for run in text.split(",")] if RUNS.fullmatch(text) else []
    if sum(runs) != wide * high:
        raise RowRefused(
            Problem(
                "bad_mask",
                "The runs of the mask have {total} pixels; its frame has {expected}.",
                field=field,
                params={"total": sum(runs), "expected": wide * high},
            )
        )
    return np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(high, wide)


def _edges(inside: Any, first: int, path: str) -> Any:
    """Where runs begin and end in some columns, as column and row."""
    stripe = inside[:, first : first + STRIPE].T.astype(np.int8)
    changes = np.argwhere(np.diff(stripe, axis=1, prepend=0, append=0))
    if len(changes) > MOST_RUNS:
        raise RowRefused(_too_fine(path))
    return changes + np.array([first, 0])


def _too_fine(path: str) -> Problem:
    return Problem("bad_mask", "The mask is made of too many pieces.", field=path)
