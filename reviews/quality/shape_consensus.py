"""Consensus of shapes: boxes, lines and keypoints by weighted medians, areas by a raster vote."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from reviews.quality.clusters import Voice
from reviews.quality.mask_consensus import merge_masks, merge_polygons
from reviews.quality.object_consensus import Merged, Object, ObjectConsensus, merge_objects
from reviews.quality.weights import weighted_median, weighted_vote
from tasks.kinds.keypoints import ABSENT
from tasks.kinds.likeness import shape_likeness
from tasks.kinds.polylines import evenly
from tasks.kinds.rasters import simplify

DIGITS = 4
QUARTER = 90
# Of the diagonal: how far a simplified line may leave the one it stands for.
LINE_TOLERANCE = 0.005

Box = Sequence[float]


def shape_consensus(voices: Sequence[Voice]) -> ObjectConsensus:
    """What several people drew on one image, merged (see `object_consensus`).

    >>> drawn = [[{"label": "car", "box": [x, 0, 10, 10]}] for x in (0, 1, 3)]
    >>> voices = [Voice(source, 1.0, objects) for source, objects in enumerate(drawn)]
    >>> made = shape_consensus(voices)
    >>> made.objects, [dispute.kind for dispute in made.disputes]
    ([{'id': 'c1', 'label': 'car', 'box': [1, 0, 10, 10]}], ['geometry'])
    """
    return merge_objects(voices, shape_likeness, merge_geometry)


def merge_geometry(drawn: Sequence[Object], weights: Sequence[float]) -> Merged:
    """The geometry of one thing; where people used different tools, that with the most weight.

    >>> merge_geometry([{"box": [0, 0, 4, 4]}, {"box": [2, 0, 4, 4]}], [1, 3]).fields
    {'box': [2, 0, 4, 4]}
    """
    names = [_geometry_of(entry) for entry in drawn]
    used, _ = weighted_vote(names, weights)
    chosen = [index for index, name in enumerate(names) if name == used]
    return MERGE[used]([drawn[index] for index in chosen], [weights[index] for index in chosen])


def merge_boxes(drawn: Sequence[Object], weights: Sequence[float]) -> Merged:
    """The weighted median of each edge; of turned boxes that of centre, sides and turn.

    >>> merge_boxes([{"box": [0, 0, 4, 4]}, {"box": [2, 2, 4, 4]}], [1, 1]).fields
    {'box': [1.0, 1.0, 4.0, 4.0]}
    """
    has_turn = any("rotation" in entry for entry in drawn)
    if any(entry.get("rotation", 0) % 360 for entry in drawn):
        return Merged(_turned(drawn, weights))
    edges = [(x, y, x + width, y + height) for x, y, width, height in _boxes(drawn)]
    left, top, right, bottom = middle = _medians(edges, weights)
    if middle in edges:
        box = drawn[edges.index(middle)]["box"]
    else:
        box = _rounded([left, top, right - left, bottom - top])
    return Merged({"box": list(box), **({"rotation": 0} if has_turn else {})})


def merge_polylines(drawn: Sequence[Object], weights: Sequence[float]) -> Merged:
    """64 points evenly along each line, all in one direction; the weighted median of each.

    >>> lines = [{"polyline": [[0, y], [90, y]]} for y in (0, 1, 5)]
    >>> merge_polylines(lines, [1, 1, 1]).fields
    {'polyline': [[0.0, 1.0], [90.0, 1.0]]}
    """
    if all(entry["polyline"] == drawn[0]["polyline"] for entry in drawn):
        return Merged({"polyline": drawn[0]["polyline"]})
    first, *others = (evenly(np.array(entry["polyline"], float)) for entry in drawn)
    lines = [first, *(_along(first, other) for other in others)]
    places = [
        _medians([tuple(line[index].tolist()) for line in lines], weights)
        for index in range(len(first))
    ]
    merged = np.array(places)
    kept = simplify(merged, LINE_TOLERANCE * float(np.hypot(*np.ptp(merged, axis=0))))
    return Merged({"polyline": [_rounded(point) for point in kept.tolist()]})


def merge_keypoints(drawn: Sequence[Object], weights: Sequence[float]) -> Merged:
    """Of each point the vote on its visibility, and the weighted median of where it is.

    >>> drawn = [{"keypoints": [[x, 4, 2], [9, 9, 2]]} for x in (1, 2, 8)]
    >>> merge_keypoints(drawn, [1, 1, 1]).fields
    {'keypoints': [[2, 4, 2], [9, 9, 2]]}
    """
    sets = [entry["keypoints"] for entry in drawn]
    points = [
        _keypoint([points[index] for points in sets], weights) for index in range(len(sets[0]))
    ]
    if all(visible == ABSENT for _, _, visible in points):
        points = sets[weights.index(max(weights))]
    return Merged({"keypoints": points})


def _geometry_of(entry: Object) -> str:
    return next(name for name in MERGE if name in entry)


def _boxes(drawn: Sequence[Object]) -> list[Box]:
    return [entry["box"] for entry in drawn]


def _medians(rows: Sequence[Sequence[float]], weights: Sequence[float]) -> tuple[float, ...]:
    return tuple(weighted_median(column, weights) for column in zip(*rows, strict=True))


def _rounded(numbers: Sequence[float]) -> list[float]:
    return [round(number, DIGITS) for number in numbers]


def _turned(drawn: Sequence[Object], weights: Sequence[float]) -> Object:
    """Of the four ways to write a turned box the one nearest to the heaviest voice's is taken."""
    heaviest = drawn[weights.index(max(weights))].get("rotation", 0)
    written = [_nearest_writing(entry, heaviest) for entry in drawn]
    middle = _medians(written, weights)
    if middle in written:
        entry = drawn[written.index(middle)]
        return {"box": list(entry["box"]), "rotation": entry.get("rotation", 0)}
    x, y, width, height, turn = middle
    box = _rounded([x - width / 2, y - height / 2, width, height])
    return {"box": box, "rotation": round(turn % 360, DIGITS) % 360}


def _nearest_writing(entry: Object, turn: float) -> tuple[float, ...]:
    """Centre, sides and rotation, with the rotation within 45 degrees of `turn`."""
    x, y, width, height = entry["box"]
    own = entry.get("rotation", 0)
    quarters = round((turn - own) / QUARTER)
    sides = (height, width) if quarters % 2 else (width, height)
    return x + width / 2, y + height / 2, *sides, own + quarters * QUARTER


def _along(first: Any, other: Any) -> Any:
    """The other line, turned round if that brings it nearer to the first."""
    here, there = (np.linalg.norm(first - line, axis=1).sum() for line in (other, other[::-1]))
    return other if here <= there else other[::-1]


def _keypoint(points: Sequence[Sequence[float]], weights: Sequence[float]) -> list[float]:
    visible, _ = weighted_vote([point[2] for point in points], weights)
    if visible == ABSENT:
        return [0, 0, ABSENT]
    there = [index for index, point in enumerate(points) if point[2] != ABSENT]
    x, y = _medians([points[index][:2] for index in there], [weights[index] for index in there])
    return [x, y, visible]


MERGE = {
    "box": merge_boxes,
    "polygon": merge_polygons,
    "mask": merge_masks,
    "polyline": merge_polylines,
    "keypoints": merge_keypoints,
}
