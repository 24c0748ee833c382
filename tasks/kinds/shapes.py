"""Shapes: boxes on an image, in pixels of the original; each with a label and attributes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.kinds.checks import ANSWER, SCHEMA, join
from tasks.kinds.errors import shown
from tasks.kinds.geometry import best_pairs, corners, iou_matrix
from tasks.kinds.items import ItemFacts
from tasks.kinds.labels import (
    CONTROL_KEYS,
    known_value,
    validate_attributes,
    validate_frame,
    validate_labels,
)
from tasks.kinds.objects import count_labels, validate_objects

ITEM_TYPES = ("image",)
TOOLS = ("box",)
OTHER_TOOLS = ("polygon", "polyline", "keypoint", "mask")
OTHER_GEOMETRY = ("polygon", "polyline", "keypoints", "mask")
MATCH_IOU = 0.5
SMALLEST_SIDE = 0.01
# Browsers and importers add and turn floats: a hair outside is inside.
TOLERANCE = 0.001
LARGEST_SIDE = 1_000_000


def validate_control(control: dict[str, Any], path: str) -> dict[str, Any]:
    """The normalised control; `tools` may list only what this version can draw.

    >>> control = {"name": "objects", "type": "shapes", "labels": [{"value": "car"}]}
    >>> validate_control(control, "controls[0]")["tools"]
    ['box']
    """
    SCHEMA.keys(control, path, known=(*CONTROL_KEYS, "tools", "labels"))
    labels = SCHEMA.needed(control, "labels", path)
    return {
        **validate_frame(control, path),
        "tools": _tools(control.get("tools", list(TOOLS)), join(path, "tools")),
        "labels": validate_labels(labels, join(path, "labels"), attributes=True),
    }


def validate_value(
    control: dict[str, Any], value: Any, item: ItemFacts, path: str
) -> list[dict[str, Any]]:
    """The objects, with ids, rotation in [0, 360) and attributes filled in.

    >>> control = {"labels": [{"value": "car", "title": "Car"}]}
    >>> drawn = [{"id": "a1", "label": "car", "box": [10.5, 20, 200, 80], "rotation": 720}]
    >>> validate_value(control, drawn, ItemFacts("image", 640, 480), "objects")
    [{'id': 'a1', 'label': 'car', 'box': [10.5, 20, 200, 80], 'rotation': 0, 'attributes': {}}]
    """
    labels = {label["value"]: label for label in control["labels"]}
    objects = []
    for index, entry in enumerate(validate_objects(value, path)):
        where = f"{path}[{index}]"
        _refuse_other_geometry(entry, where)
        ANSWER.keys(entry, where, known=("id", "label", "box", "rotation", "attributes"))
        raw = ANSWER.needed(entry, "label", where)
        label = known_value(control["labels"], raw, join(where, "label"), code="unknown_label")
        # Python's % turns a tiny negative float into exactly 360.0; the second one makes it 0.
        turn = ANSWER.number(entry.get("rotation", 0), join(where, "rotation")) % 360 % 360
        objects.append(
            {
                "id": entry["id"],
                "label": label,
                "box": _box(ANSWER.needed(entry, "box", where), turn, item, join(where, "box")),
                "rotation": turn or 0,
                "attributes": validate_attributes(
                    labels[label], entry.get("attributes", {}), join(where, "attributes")
                ),
            }
        )
    return objects


def distance(control: dict[str, Any], a: list[dict[str, Any]], b: list[dict[str, Any]]) -> float:
    """1 - 2 S / (|A| + |B|), S the largest total likeness of a one-to-one pairing.

    The likeness of two boxes is their IoU, 0 for different labels, and down to half of it when
    attributes differ. Two empty answers are equal.

    >>> car, same = {"label": "car", "box": [0, 0, 4, 4]}, {"label": "car", "box": [2, 0, 4, 4]}
    >>> round(distance({}, [car], [same]), 4)
    0.6667
    """
    if not a and not b:
        return 0.0
    likeness = _likeness(a, b)
    total = sum(likeness[row, column] for row, column in best_pairs(likeness))
    return float(min(max(1 - 2 * total / (len(a) + len(b)), 0), 1))


def agrees(control: dict[str, Any], a: list[dict[str, Any]], b: list[dict[str, Any]]) -> bool:
    """Whether every box has its partner: IoU 0.5 or more, same label, same attributes.

    >>> car, near = {"label": "car", "box": [0, 0, 9, 9]}, {"label": "car", "box": [1, 0, 9, 9]}
    >>> agrees({}, [car], [near]), agrees({}, [car], [])
    (True, False)
    """
    if len(a) != len(b):
        return False
    fits = (iou_matrix(a, b) >= MATCH_IOU) & _same_label(a, b)
    for row, column in np.argwhere(fits):
        fits[row, column] = _attribute_share(a[row], b[column]) == 1
    return len(best_pairs(fits.astype(float))) == len(a)


def is_empty(control: dict[str, Any], value: list[dict[str, Any]]) -> bool:
    """Whether nothing is drawn.

    >>> is_empty({}, [])
    True
    """
    return not value


def classes(control: dict[str, Any]) -> list[str]:
    """The values of the labels.

    >>> classes({"labels": [{"value": "car"}]})
    ['car']
    """
    return [label["value"] for label in control["labels"]]


def summary(control: dict[str, Any], value: list[dict[str, Any]]) -> str:
    """How many boxes of each label.

    >>> summary({"labels": [{"value": "car", "title": "Car"}]}, [{"label": "car"}])
    'Car × 1'
    """
    return count_labels(control, value)


def _tools(raw: Any, path: str) -> list[str]:
    tools = SCHEMA.sequence(raw, path, least=1, most=len(TOOLS) + len(OTHER_TOOLS))
    for index, tool in enumerate(tools):
        where = f"{path}[{index}]"
        if tool not in TOOLS:
            known = tool in OTHER_TOOLS
            SCHEMA.fail(
                "tool_not_available" if known else "unknown_tool",
                where,
                "The tool {tool} is not available in this version.",
                hint="Available: " + ", ".join(TOOLS) + ".",
                tool=shown(tool),
            )
        if tool in tools[:index]:
            SCHEMA.fail("duplicate_value", where, "{tool} is listed twice.", tool=shown(tool))
    return list(tools)


def _refuse_other_geometry(entry: dict[str, Any], path: str) -> None:
    for geometry in OTHER_GEOMETRY:
        if geometry in entry:
            ANSWER.fail(
                "tool_not_available",
                join(path, geometry),
                "The shape {shape} is not available in this version.",
                hint="Available: " + ", ".join(TOOLS) + ".",
                shape=shown(geometry),
            )


def _box(raw: Any, turn: float, item: ItemFacts, path: str) -> list[int | float]:
    values = ANSWER.sequence(raw, path, most=4)
    if len(values) != 4:
        ANSWER.fail("bad_box", path, "A box is [x, y, width, height]: four numbers.")
    box = [ANSWER.number(entry, f"{path}[{index}]") for index, entry in enumerate(values)]
    width, height = box[2:]
    if not (width >= SMALLEST_SIDE and height >= SMALLEST_SIDE):
        ANSWER.fail(
            "bad_box",
            path,
            "The box is {width} wide and {height} high; both must be above zero.",
            width=width,
            height=height,
        )
    points = corners(box, turn)
    _inside([x for x, _ in points], item.width, path, "width")
    _inside([y for _, y in points], item.height, path, "height")
    return box


def _inside(values: list[float], limit: int | None, path: str, side: str) -> None:
    most = LARGEST_SIDE if limit is None else limit
    if not (min(values) >= -TOLERANCE and max(values) <= most + TOLERANCE):
        ANSWER.fail(
            "outside_image",
            path,
            "The box reaches from {least} to {most}; the image {side} is {limit}.",
            least=round(min(values), 3),
            most=round(max(values), 3),
            side=side,
            limit=most,
        )


def _likeness(a: list[dict[str, Any]], b: list[dict[str, Any]]) -> NDArray[Any]:
    likeness = iou_matrix(a, b) * _same_label(a, b)
    for row, column in np.argwhere(likeness > 0):
        likeness[row, column] *= (1 + _attribute_share(a[row], b[column])) / 2
    return likeness


def _same_label(a: list[dict[str, Any]], b: list[dict[str, Any]]) -> NDArray[Any]:
    rows = [[first["label"] == second["label"] for second in b] for first in a]
    return np.array(rows, dtype=bool).reshape(len(a), len(b))


def _attribute_share(a: dict[str, Any], b: dict[str, Any]) -> float:
    mine, other = a.get("attributes", {}), b.get("attributes", {})
    names = mine.keys() | other.keys()
    same = sum(name in mine and name in other and mine[name] == other[name] for name in names)
    return same / len(names) if names else 1.0
