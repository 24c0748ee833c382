"""Overlap of masks, of grids of cells, as areas and along their boundaries."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from tasks.kinds.rasters import rasterise

Grid = NDArray[np.bool_]
# As far as two boundaries may lie apart, in pixels of the image.
TOLERANCE = 2.0
LONG_SIDE = 512
MARGIN = 2


def mask_iou(first: Grid, second: Grid) -> float:
    """|A and B| / |A or B|; 1 when both are empty.

    >>> mask_iou(np.array([True, True, False]), np.array([False, True, True]))
    0.3333333333333333
    """
    union = np.logical_or(first, second).sum()
    return float(np.logical_and(first, second).sum() / union) if union else 1.0


def dice(first: Grid, second: Grid) -> float:
    """2 |A and B| / (|A| + |B|); 1 when both are empty (Dice 1945).

    >>> dice(np.array([True, True, False]), np.array([False, True, True]))
    0.5
    """
    size = first.sum() + second.sum()
    return float(2 * np.logical_and(first, second).sum() / size) if size else 1.0


def dice_of_iou(iou: float) -> float:
    """2 IoU / (1 + IoU): the same figure, where the areas are not at hand.

    >>> dice_of_iou(1 / 3)
    0.5
    """
    return 2 * iou / (1 + iou)


def boundary_f(first: Grid, second: Grid, tolerance: float = TOLERANCE) -> float:
    """2 P R / (P + R), of each boundary the share that lies within `tolerance` of the other.

    Boundary cells are those of a mask with a neighbour (of four) outside. The contour accuracy of
    Perazzi et al. 2016, symmetric. A thin object may have a low IoU and a good boundary; 1 when
    both are empty, 0 when one is.

    >>> road = np.zeros((9, 9), dtype=bool)
    >>> road[4] = True
    >>> beside = np.roll(road, 1, axis=0)
    >>> mask_iou(road, beside), boundary_f(road, beside, 1)
    (0.0, 1.0)
    """
    mine, other = _boundary(first), _boundary(second)
    if not mine.any() or not other.any():
        return float(mine.any() == other.any())
    precision = (scipy.ndimage.distance_transform_edt(~other)[mine] <= tolerance).mean()
    recall = (scipy.ndimage.distance_transform_edt(~mine)[other] <= tolerance).mean()
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


def outline_boundary_f(
    first: Sequence[Any], second: Sequence[Any], tolerance: float = TOLERANCE
) -> float:
    """The same of two outlines, each its rings, in pixels; large ones are drawn smaller.

    >>> square = [[0, 0], [40, 0], [40, 40], [0, 40]]
    >>> near = [[x + 1, y] for x, y in square]
    >>> outline_boundary_f([square], [near]), outline_boundary_f([square], [near], 0.5) < 1
    (1.0, True)
    """
    points = np.array([point for ring in (*first, *second) for point in ring], dtype=float)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = min(1.0, LONG_SIDE / max(1.0, float((high - low).max())))
    left, top = low - MARGIN / scale
    columns, rows = (np.ceil((high - low) * scale).astype(int) + 2 * MARGIN).tolist()
    grids = [
        rasterise(rings, left=left, top=top, scale=scale, size=(rows, columns))
        for rings in (first, second)
    ]
    return boundary_f(grids[0], grids[1], tolerance * scale)


def _boundary(mask: Grid) -> Grid:
    inside: Grid = mask & ~scipy.ndimage.binary_erosion(mask)
    return inside
