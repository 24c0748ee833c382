"""Consensus of areas: a vote on each cell of a raster, for polygons and for masks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from reviews.quality.object_consensus import Merged, Object
from reviews.quality.weights import SAME
from tasks.kinds import rle
from tasks.kinds.outlines import Ring, edges_of, is_within
from tasks.kinds.polygons import rings
from tasks.kinds.rasters import Grid, rasterise, simplify_ring, trace

MOST_SIDE = 1_024
CELLS_A_PIXEL = 2
SPECK = 0.005
LOW, HIGH = 0.25, 0.75
WIDEST_BAND = 0.15
TOLERANCE, TOLERANCE_SHARE = 1.0, 0.005
LEAST_IOU = 0.99
DIGITS = 3


@dataclass(frozen=True)
class Tally:
    """Which cells are in, and the cells that are in doubt over those that are in."""

    cells: Grid
    band: float

    def merged(self, fields: Object, *, parts: int = 1) -> Merged:
        is_clear = self.band <= WIDEST_BAND and parts == 1
        return Merged(fields, is_clear, max(0.0, 1 - self.band))


def tally(grids: Sequence[Grid], weights: Sequence[float]) -> Tally:
    """The cells that more than half of the weight covers, without specks and small holes.

    In doubt is what between a quarter and three quarters cover. Specks and holes are parts under
    0.5 % of the area.

    >>> row = np.ones((1, 4), dtype=bool)
    >>> made = tally([row, row, np.array([[True, True, False, False]])], [1, 1, 1])
    >>> made.cells.tolist(), made.band
    ([[True, True, True, True]], 0.5)
    """
    covered = np.tensordot(np.array(weights, float) / sum(weights), np.array(grids, float), 1)
    cells = covered > 0.5 + SAME
    area = int(cells.sum())
    in_doubt = int(((covered > LOW + SAME) & (covered < HIGH - SAME)).sum())
    band = in_doubt / area if area else 1.0
    return Tally(_without_specks(cells, SPECK * area), band)


def merge_polygons(drawn: Sequence[Object], weights: Sequence[float]) -> Merged:
    """The outline of what more than half of the weight covers.

    In the common frame with two cells to a pixel, at most 1,024 on the long side. The outline is
    simplified within the larger of 1 px and 0.5 % of the root of the area, halved until it covers
    the vote at IoU 0.99. Disputed when more than 15 % of the area is in doubt, or when the vote
    falls into parts, which no polygon can be.

    >>> square = {"polygon": [[0, 0], [20, 0], [20, 20], [0, 20]]}
    >>> wider = {"polygon": [[0, 0], [21, 0], [21, 20], [0, 20]]}
    >>> merge_polygons([square, wider, wider], [1, 1, 1]).fields["polygon"]
    [[0.0, 0.0], [21.0, 0.0], [21.0, 20.0], [0.0, 20.0]]
    """
    outlines = [rings(entry) for entry in drawn]
    first = _polygon(drawn[0])
    if all(outline == outlines[0] for outline in outlines):
        return Merged(first)
    left, top, scale, size = _frame(outlines)
    grids = [rasterise(outline, left=left, top=top, scale=scale, size=size) for outline in outlines]
    made = tally(grids, weights)
    heaviest = weights.index(max(weights))
    if weights[heaviest] > sum(weights) / 2 + SAME or not made.cells.any():
        return made.merged(_polygon(drawn[heaviest]), parts=1 if made.cells.any() else 0)
    parts, count = scipy.ndimage.label(made.cells)
    largest = parts == np.bincount(parts.ravel())[1:].argmax() + 1
    return made.merged(_outlined(largest, left, top, scale), parts=count)


def merge_masks(drawn: Sequence[Object], weights: Sequence[float]) -> Merged:
    """What more than half of the weight covers, as run lengths of the picture's size.

    Frames above 1,024 px are voted on in every second (third, ...) pixel of either direction.

    >>> masks = [{"mask": rle.encode(np.array([row]))} for row in ([0, 1, 1], [0, 1, 1], [1, 1, 1])]
    >>> rle.decode(merge_masks(masks, [1, 1, 1]).fields["mask"]).astype(int).tolist()
    [[0, 1, 1]]
    """
    masks = [entry["mask"] for entry in drawn]
    frames = [found for mask in masks if (found := rle.frame(mask))]
    if not frames or all(mask == masks[0] for mask in masks):
        return Merged({"mask": masks[0]})
    left, top = (min(frame[side] for frame in frames) for side in (0, 1))
    right, bottom = (max(frame[side] for frame in frames) for side in (2, 3))
    step = -(-max(right - left, bottom - top) // MOST_SIDE)
    window = slice(top, bottom), slice(left, right)
    made = tally([rle.decode(mask)[window][::step, ::step] for mask in masks], weights)
    picture = np.zeros(tuple(masks[0]["size"]), dtype=bool)
    enlarged = made.cells.repeat(step, axis=0).repeat(step, axis=1)
    picture[window] = enlarged[: bottom - top, : right - left]
    return made.merged({"mask": rle.encode(picture)})


def _polygon(entry: Object) -> Object:
    return {key: entry[key] for key in ("polygon", "holes") if key in entry}


def _frame(outlines: Sequence[Sequence[Ring]]) -> tuple[float, float, float, tuple[int, int]]:
    """Left, top, cells to a pixel, and rows by columns, around all outlines."""
    points = np.vstack([np.array(ring, float) for outline in outlines for ring in outline])
    left, top = points.min(axis=0).tolist()
    width, height = np.ptp(points, axis=0).tolist()
    scale = min(CELLS_A_PIXEL, MOST_SIDE / max(width, height))
    size = max(1, round(height * scale + 0.499)), max(1, round(width * scale + 0.499))
    return left, top, scale, size


def _without_specks(cells: Grid, least: float) -> Grid:
    cleaned = cells & ~_small_parts(cells, least)
    outside = ~np.pad(cleaned, 1)
    holes = _small_parts(outside, least)[1:-1, 1:-1]
    filled: Grid = cleaned | holes
    return filled


def _small_parts(cells: Grid, least: float) -> Grid:
    """The cells of connected parts with fewer cells; the largest part is never small."""
    parts, count = scipy.ndimage.label(cells)
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    sizes[0] = 0
    is_small = (sizes < least) & (sizes < sizes.max())
    is_small[0] = False
    small: Grid = is_small[parts]
    return small


def _outlined(cells: Grid, left: float, top: float, scale: float) -> Object:
    """One connected part as a polygon with its holes."""
    corners = [np.array(ring, float) / scale for ring in trace(cells)]
    tolerance = max(TOLERANCE, TOLERANCE_SHARE * float(np.sqrt(cells.sum()) / scale))
    simplified = [simplify_ring(ring, tolerance) for ring in corners]
    while tolerance and not _is_like(simplified, cells, scale):
        tolerance = tolerance / 2 if tolerance * scale > TOLERANCE_SHARE else 0
        simplified = [simplify_ring(ring, tolerance) for ring in corners]
    corner = np.array([left, top])
    placed = [(ring + corner).round(DIGITS).tolist() for ring in simplified]
    return {"polygon": placed[0], **({"holes": placed[1:]} if placed[1:] else {})}


def _is_like(outline: list[NDArray[Any]], cells: Grid, scale: float) -> bool:
    """Whether the rings are rings, cover the cells at IoU 0.99, and the holes stay inside."""
    if any(len(ring) < 3 for ring in outline):
        return False
    covered = rasterise(
        [ring.tolist() for ring in outline], left=0, top=0, scale=scale, size=cells.shape
    )
    if (covered & cells).sum() < LEAST_IOU * (covered | cells).sum():
        return False
    edges = edges_of(outline[:1])
    return all(is_within(x, y, edges) for ring in outline[1:] for x, y in ring)
