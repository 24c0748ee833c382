"""How alike two drawn shapes are, from 0 to 1, whatever their geometry."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.kinds.geometry import corners, iou_matrix
from tasks.kinds.keypoints import keypoint_likeness
from tasks.kinds.outlines import covered_area, shared_area
from tasks.kinds.polygons import rings
from tasks.kinds.polylines import line_likeness

Shape = dict[str, Any]
AREAS = ("box", "polygon")


def shape_likeness(first: Sequence[Shape], second: Sequence[Shape]) -> NDArray[Any]:
    """The likeness of every shape of `first` with every shape of `second`.

    Boxes and polygons: intersection over union. Polylines: closeness. Keypoints: object keypoint
    similarity. A line has nothing in common with an area, nor either with keypoints.

    >>> box, triangle = {"box": [0, 0, 4, 4]}, {"polygon": [[0, 0], [4, 0], [4, 4]]}
    >>> shape_likeness([box], [box, triangle, {"polyline": [[0, 0], [4, 4]]}]).round(4).tolist()
    [[1.0, 0.5, 0.0]]
    """
    result = np.zeros((len(first), len(second)))
    _between(result, first, second, ("box",), ("box",), iou_matrix)
    _between(result, first, second, ("polygon",), AREAS, _area_likeness)
    _between(result, first, second, ("box",), ("polygon",), _area_likeness)
    _between(result, first, second, ("polyline",), ("polyline",), _each("polyline", line_likeness))
    _between(
        result, first, second, ("keypoints",), ("keypoints",), _each("keypoints", keypoint_likeness)
    )
    return result


def labels_alike(first: Sequence[Shape], second: Sequence[Shape]) -> NDArray[Any]:
    """Which shape of `first` has the label of which of `second`.

    >>> labels_alike([{"label": "car"}], [{"label": "bus"}, {"label": "car"}]).tolist()
    [[False, True]]
    """
    names = [str(shape.get("label")) for shape in (*first, *second)]
    codes = np.unique(names, return_inverse=True)[1]
    return codes[: len(first), None] == codes[None, len(first) :]


def _between(
    result: NDArray[Any],
    first: Sequence[Shape],
    second: Sequence[Shape],
    of_first: Sequence[str],
    of_second: Sequence[str],
    likeness: Any,
) -> None:
    """Fills in the likeness of the shapes that have these geometries."""
    rows = [index for index, shape in enumerate(first) if _has(shape, of_first)]
    columns = [index for index, shape in enumerate(second) if _has(shape, of_second)]
    if rows and columns:
        block = likeness([first[row] for row in rows], [second[column] for column in columns])
        result[np.ix_(rows, columns)] = block


def _has(shape: Shape, geometries: Sequence[str]) -> bool:
    return any(geometry in shape for geometry in geometries)


def _each(key: str, likeness: Any) -> Any:
    def block(first: Sequence[Shape], second: Sequence[Shape]) -> list[list[float]]:
        # Exactly 1 on itself, whatever the rounding.
        return [
            [1.0 if a[key] == b[key] else likeness(a[key], b[key]) for b in second] for a in first
        ]

    return block


def _area_likeness(first: Sequence[Shape], second: Sequence[Shape]) -> NDArray[Any]:
    outlines_a, outlines_b = [_outline(shape) for shape in first], [_outline(s) for s in second]
    hulls_a, hulls_b = _hulls(outlines_a), _hulls(outlines_b)
    areas_a = [covered_area(outline) for outline in outlines_a]
    areas_b = [covered_area(outline) for outline in outlines_b]
    meets = (hulls_a[:, None, 2:] > hulls_b[None, :, :2]).all(axis=2) & (
        hulls_b[None, :, 2:] > hulls_a[:, None, :2]
    ).all(axis=2)
    result = np.zeros(meets.shape)
    for row, column in np.argwhere(meets):
        if outlines_a[row] == outlines_b[column]:
            result[row, column] = 1.0
            continue
        shared = shared_area(outlines_a[row], outlines_b[column])
        union = areas_a[row] + areas_b[column] - shared
        result[row, column] = min(max(shared / union, 0), 1)
    return result


def _outline(shape: Shape) -> list[Any]:
    if "polygon" in shape:
        return rings(shape)
    return [[list(point) for point in corners(shape["box"], shape.get("rotation", 0))]]


def _hulls(outlines: Sequence[Sequence[Any]]) -> NDArray[Any]:
    return np.array([[*np.min(ring, axis=0), *np.max(ring, axis=0)] for ring, *_ in outlines])
