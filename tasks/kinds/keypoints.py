"""Keypoints: the named points of a skeleton, each visible, occluded or absent."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tasks.kinds.checks import ANSWER, SCHEMA, join
from tasks.kinds.errors import shown
from tasks.kinds.items import ItemFacts
from tasks.kinds.points import validate_point

ABSENT, OCCLUDED, VISIBLE = 0, 1, 2
MAX_KEYPOINTS = 200
MAX_EDGES = 500
# COCO gives each point of a person its own sigma, 0.026 to 0.107; a skeleton that we do not know
# gets one in the middle.
SIGMA = 0.05

Keypoints = Sequence[Sequence[float]]


def validate_skeleton(raw: Any, path: str) -> dict[str, Any]:
    """The names of the points in the order they are placed, and the edges between them.

    >>> validate_skeleton({"names": ["head", "tail"], "edges": [[0, 1]]}, "skeleton")
    {'names': ['head', 'tail'], 'edges': [[0, 1]]}
    """
    skeleton = SCHEMA.mapping(raw, path)
    SCHEMA.keys(skeleton, path, known=("names", "edges"))
    where = join(path, "names")
    entries = SCHEMA.sequence(
        SCHEMA.needed(skeleton, "names", path), where, least=1, most=MAX_KEYPOINTS
    )
    names: list[str] = []
    for index, entry in enumerate(entries):
        name = SCHEMA.word(entry, f"{where}[{index}]")
        if name in names:
            SCHEMA.fail(
                "duplicate_value", f"{where}[{index}]", "{name} is listed twice.", name=shown(name)
            )
        names.append(name)
    return {"names": names, "edges": _edges(skeleton.get("edges", []), names, join(path, "edges"))}


def validate_keypoints(
    skeleton: dict[str, Any], entry: dict[str, Any], item: ItemFacts, path: str
) -> dict[str, Any]:
    """One [x, y, visible] per name of the skeleton; an absent point becomes [0, 0, 0].

    >>> skeleton = {"names": ["head", "tail"], "edges": []}
    >>> drawn = {"keypoints": [[1, 2, 2], [3, 4, 0]]}
    >>> validate_keypoints(skeleton, drawn, ItemFacts("image", 9, 9), "objects[0]")
    {'keypoints': [[1, 2, 2], [0, 0, 0]]}
    """
    where = join(path, "keypoints")
    entries = ANSWER.sequence(entry["keypoints"], where, most=MAX_KEYPOINTS)
    expected = len(skeleton["names"])
    if len(entries) != expected:
        ANSWER.fail(
            "wrong_number_of_points",
            where,
            "The skeleton has {expected} points; {count} are given.",
            expected=expected,
            count=len(entries),
        )
    points = [_keypoint(point, item, f"{where}[{index}]") for index, point in enumerate(entries)]
    if all(visible == ABSENT for _, _, visible in points):
        ANSWER.fail("bad_keypoints", where, "At least one point must be there.")
    return {"keypoints": points}


def present(keypoints: Keypoints) -> list[Sequence[float]]:
    """The points that are visible or occluded.

    >>> present([[1, 2, 2], [0, 0, 0]])
    [[1, 2, 2]]
    """
    return [point for point in keypoints if point[2] != ABSENT]


def keypoint_likeness(first: Keypoints, second: Keypoints) -> float:
    """The object keypoint similarity of COCO (cocodataset.org/#keypoints-eval), made symmetric.

    The sum of exp(-d² / (2 S k²)) over the points that both have, divided by the number of points
    that either has; S is the mean area of the two hulls and k = 2 sigma = 0.1. A point that is
    occluded for one and visible for the other counts half. Sets of different skeletons are 0 alike.

    >>> drawn = [[0, 0, 2], [10, 10, 2]]
    >>> keypoint_likeness(drawn, drawn), keypoint_likeness(drawn, [[0, 0, 2], [10, 10, 1]])
    (1.0, 0.75)
    """
    if len(first) != len(second):
        return 0.0
    a, b = np.array(first, dtype=float), np.array(second, dtype=float)
    has_a, has_b = a[:, 2] != ABSENT, b[:, 2] != ABSENT
    scale = (_hull_area(a[has_a]) + _hull_area(b[has_b])) / 2
    squared = ((a[:, :2] - b[:, :2]) ** 2).sum(axis=1)
    near = np.exp(-squared / (2 * scale * (2 * SIGMA) ** 2))
    near *= np.where(a[:, 2] == b[:, 2], 1, 0.5)
    return float(near[has_a & has_b].sum() / (has_a | has_b).sum())


def _edges(raw: Any, names: list[str], path: str) -> list[list[int]]:
    edges = []
    for index, entry in enumerate(SCHEMA.sequence(raw, path, most=MAX_EDGES)):
        where = f"{path}[{index}]"
        ends = SCHEMA.sequence(entry, where, least=2, most=2)
        edge = [
            SCHEMA.integer(end, f"{where}[{place}]", least=0, most=len(names) - 1)
            for place, end in enumerate(ends)
        ]
        if edge[0] == edge[1]:
            SCHEMA.fail("bad_edge", where, "The edge joins {name} to itself.", name=names[edge[0]])
        edges.append(edge)
    return edges


def _keypoint(raw: Any, item: ItemFacts, path: str) -> list[int | float]:
    x, y, visible = validate_point(raw, item, path, form="[x, y, visible]")
    if visible not in (ABSENT, OCCLUDED, VISIBLE):
        ANSWER.fail(
            "bad_visibility",
            f"{path}[2]",
            "{value} is not 2 (visible), 1 (occluded) or 0 (absent).",
            value=shown(visible),
        )
    return [0, 0, ABSENT] if visible == ABSENT else [x, y, int(visible)]


def _hull_area(points: Any) -> float:
    """Width times height; for points in a line, a box a quarter as thick; at least 1."""
    width, height = np.ptp(points[:, :2], axis=0)
    return float(max(width * height, (max(width, height) / 4) ** 2, 1))
