"""Shapes on an image, in pixels of the original; each with a label and attributes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from labelops.hints import Hint
from tasks.kinds.boxes import validate_box
from tasks.kinds.checks import ANSWER, SCHEMA, join
from tasks.kinds.errors import shown
from tasks.kinds.geometry import best_pairs
from tasks.kinds.items import ItemFacts
from tasks.kinds.keypoints import validate_keypoints, validate_skeleton
from tasks.kinds.labels import (
    CONTROL_KEYS,
    known_value,
    validate_attributes,
    validate_frame,
    validate_labels,
)
from tasks.kinds.likeness import labels_alike, shape_likeness
from tasks.kinds.objects import count_labels, validate_objects
from tasks.kinds.polygons import validate_polygon
from tasks.kinds.polylines import validate_polyline

ITEM_TYPES = ("image",)
# The tools that draw, and the key under which an object keeps what was drawn.
GEOMETRY = {
    "box": "box",
    "polygon": "polygon",
    "polyline": "polyline",
    "keypoint": "keypoints",
}
KEYS = {"box": ("box", "rotation"), "polygon": ("polygon", "holes")}
KNOWN = {
    tool: ("id", "label", *KEYS.get(tool, (key,)), "attributes") for tool, key in GEOMETRY.items()
}
DEFAULT_TOOLS = ("box",)
LATER_TOOLS = {"mask": "mask"}
DRAWN = {**GEOMETRY, **LATER_TOOLS}
MATCH_LIKENESS = 0.5
MAX_LINES = 1_000


def validate_control(control: dict[str, Any], path: str) -> dict[str, Any]:
    """The normalised control; `tools` may list only what this version can draw.

    The tool `keypoint` needs a `skeleton`, and nothing else may have one.

    >>> control = {"name": "objects", "type": "shapes", "labels": [{"value": "car"}]}
    >>> validate_control(control, "controls[0]")["tools"]
    ['box']
    """
    SCHEMA.keys(control, path, known=(*CONTROL_KEYS, "tools", "skeleton", "labels"))
    labels = SCHEMA.needed(control, "labels", path)
    tools = _tools(control.get("tools", list(DEFAULT_TOOLS)), join(path, "tools"))
    return {
        **validate_frame(control, path),
        "tools": tools,
        **_skeleton(control, tools, path),
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
    entries = validate_objects(value, path)
    _refuse_many_lines(entries, path)
    for index, entry in enumerate(entries):
        where = f"{path}[{index}]"
        tool = _tool_of(control, entry, where)
        ANSWER.keys(entry, where, known=KNOWN[tool])
        label = ANSWER.needed(entry, "label", where)
        if not isinstance(label, str) or label not in labels:
            known_value(control["labels"], label, f"{where}.label", code="unknown_label")
        objects.append(
            {
                "id": entry["id"],
                "label": label,
                **_drawn(control, tool, entry, item, where),
                "attributes": validate_attributes(
                    labels[label], entry.get("attributes", {}), f"{where}.attributes"
                ),
            }
        )
    return objects


def _refuse_many_lines(entries: list[Any], path: str) -> None:
    """Lines and keypoint sets are compared one by one, which takes its time."""
    count = sum("polyline" in entry or "keypoints" in entry for entry in entries)
    if count > MAX_LINES:
        ANSWER.fail(
            "too_many",
            path,
            "There are {count} lines and keypoint sets; at most {most} are allowed.",
            count=count,
            most=MAX_LINES,
        )


def distance(control: dict[str, Any], a: list[dict[str, Any]], b: list[dict[str, Any]]) -> float:
    """1 - 2 S / (|A| + |B|), S the largest total likeness of a one-to-one pairing.

    The likeness of two shapes (likeness.py; the IoU of boxes and polygons) is 0 for different
    labels, and down to half of it when attributes differ. Two empty answers are equal.

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
    """Whether every shape has its partner: likeness 0.5 or more, same label, same attributes.

    >>> car, near = {"label": "car", "box": [0, 0, 9, 9]}, {"label": "car", "box": [1, 0, 9, 9]}
    >>> agrees({}, [car], [near]), agrees({}, [car], [])
    (True, False)
    """
    if len(a) != len(b):
        return False
    fits = (shape_likeness(a, b) >= MATCH_LIKENESS) & labels_alike(a, b)
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


def classes_in(value: list[dict[str, Any]]) -> list[str]:
    """The labels of the shapes.

    >>> classes_in([{"label": "car"}])
    ['car']
    """
    return [entry["label"] for entry in value]


def summary(control: dict[str, Any], value: list[dict[str, Any]]) -> str:
    """How many shapes of each label.

    >>> summary({"labels": [{"value": "car", "title": "Car"}]}, [{"label": "car"}])
    'Car × 1'
    """
    return count_labels(control, value)


def _tools(raw: Any, path: str) -> list[str]:
    tools = SCHEMA.sequence(raw, path, least=1, most=len(GEOMETRY) + len(LATER_TOOLS))
    for index, tool in enumerate(tools):
        where = f"{path}[{index}]"
        # A list is no tool, and cannot be looked up either.
        if not isinstance(tool, str) or tool not in GEOMETRY:
            known = isinstance(tool, str) and tool in LATER_TOOLS
            SCHEMA.fail(
                "tool_not_available" if known else "unknown_tool",
                where,
                "The tool {tool} is not available in this version.",
                hint=Hint("Available: {names}.", names=", ".join(GEOMETRY)),
                tool=shown(tool),
            )
        if tool in tools[:index]:
            SCHEMA.fail("duplicate_value", where, "{tool} is listed twice.", tool=shown(tool))
    return list(tools)


def _skeleton(control: dict[str, Any], tools: list[str], path: str) -> dict[str, Any]:
    if "keypoint" in tools:
        raw = SCHEMA.needed(control, "skeleton", path)
        return {"skeleton": validate_skeleton(raw, join(path, "skeleton"))}
    if "skeleton" in control:
        SCHEMA.fail(
            "skeleton_without_tool",
            join(path, "skeleton"),
            "A skeleton is for the tool {tool}, which this control does not have.",
            tool=shown("keypoint"),
        )
    return {}


def _tool_of(control: dict[str, Any], entry: dict[str, Any], path: str) -> str:
    """The tool that the object was drawn with: exactly one, and one of the control's."""
    tools = control.get("tools", DEFAULT_TOOLS)
    drawn = [tool for tool, key in DRAWN.items() if key in entry]
    for tool in drawn:
        if tool not in tools:
            key = DRAWN[tool]
            ANSWER.fail(
                "tool_not_available",
                join(path, key),
                "The shape {shape} is not available here.",
                hint=Hint("Available: {names}.", names=", ".join(tools)),
                shape=shown(key),
            )
    if len(drawn) > 1:
        ANSWER.fail(
            "two_shapes",
            path,
            "An object is one shape, not several: {names}.",
            names=", ".join(drawn),
        )
    if not drawn:
        ANSWER.needed(entry, GEOMETRY[tools[0]], path)
    return drawn[0]


def _drawn(
    control: dict[str, Any], tool: str, entry: dict[str, Any], item: ItemFacts, path: str
) -> dict[str, Any]:
    match tool:
        case "polygon":
            return validate_polygon(entry, item, path)
        case "polyline":
            return validate_polyline(entry, item, path)
        case "keypoint":
            return validate_keypoints(control["skeleton"], entry, item, path)
    return validate_box(entry, item, path)


def _likeness(a: list[dict[str, Any]], b: list[dict[str, Any]]) -> NDArray[Any]:
    likeness = shape_likeness(a, b) * labels_alike(a, b)
    for row, column in np.argwhere(likeness > 0):
        likeness[row, column] *= (1 + _attribute_share(a[row], b[column])) / 2
    return likeness


def _attribute_share(a: dict[str, Any], b: dict[str, Any]) -> float:
    mine, other = a.get("attributes", {}), b.get("attributes", {})
    names = mine.keys() | other.keys()
    same = sum(name in mine and name in other and mine[name] == other[name] for name in names)
    return same / len(names) if names else 1.0
