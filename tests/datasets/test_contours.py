"""Outlines for tiles: they cover what masks and polygons cover, and have few points."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_dilation

from datasets.analysis.contours import mask_rings, thinned
from datasets.analysis.drawings import MOST, MOST_POINTS, marks_of, window_of
from tasks.kinds.rasters import rasterise
from tasks.kinds.rle import encode

pytestmark = pytest.mark.once


def drawn(rings, size):
    """The pixels inside, and those that a line runs through: what is thin may be a line alone."""
    found = rasterise(rings, left=0, top=0, scale=1, size=size)
    for ring in rings:
        for start, end in zip(ring, [*ring[1:], ring[0]], strict=True):
            along = np.linspace(start, end, 2 * max(size)).astype(int)
            x, y = np.minimum(along, [size[1] - 1, size[0] - 1]).T
            found[y, x] = True
    return found


def overlap(first, second):
    return (first & second).sum() / (first | second).sum()


def blob(size):
    """A ring, and a speck beside it."""
    rows, columns = np.mgrid[:size, :size] / size - 0.5
    away = np.hypot(rows, columns * 1.2)
    found = (away < 0.45) & (away > 0.2)
    found[size // 9 : size // 7, size // 9 : size // 7] = True
    return found


@settings(max_examples=40, deadline=None)
@given(
    *(st.integers(1, 40) for _side in range(2)),
    st.floats(0, 1),
    st.sampled_from([0.4, 1, 2, 5]),
    st.integers(0, 999),
)
def test_nothing_of_a_mask_is_far_from_what_is_drawn_nor_the_other_way_round(
    height, width, share, step, seed
):
    mask = np.random.default_rng(seed).random((height, width)) < share
    rings = mask_rings(encode(mask), (0, 0, width, height), step, MOST_POINTS)
    found = drawn(rings, mask.shape) if rings else np.zeros_like(mask)
    # A cell reaches beyond its pixel, and a straightened line by another one.
    reach = np.ones([4 * int(np.ceil(step)) + 1] * 2)
    assert not (mask & ~binary_dilation(found, reach)).any()
    assert not (found & ~binary_dilation(mask, reach)).any()


@pytest.mark.parametrize("size", [100, 1000])
def test_an_outline_has_the_area_of_its_mask_with_holes_and_parts(size):
    mask = blob(size)
    rings = mask_rings(encode(mask), (0, 0, size, size), size / 128, MOST_POINTS)
    assert len(rings) == 3
    assert sum(map(len, rings)) < 120
    covered = rasterise(rings, left=0, top=0, scale=1, size=mask.shape)
    assert overlap(covered, mask) > 0.95


def test_masks_of_nothing_of_a_pixel_of_everything_and_outside_the_window():
    nothing = np.zeros((300, 400), bool)
    assert mask_rings(encode(nothing), (0, 0, 400, 300), 4, 40) == []
    assert mask_rings(encode(~nothing), (0, 0, 400, 300), 7, 40) == [
        [[0, 0], [400, 0], [400, 300], [0, 300]]
    ]
    pixel = nothing.copy()
    pixel[20, 30] = True
    assert mask_rings(encode(pixel), (0, 0, 400, 300), 7, 40) == [
        [[30, 20], [31, 20], [31, 21], [30, 21]]
    ]
    assert mask_rings(encode(pixel), (200, 0, 80, 60), 1, 40) == []
    # Of what is larger than the window only the part that is seen is drawn.
    [ring] = mask_rings(encode(~nothing), (100, 100, 80, 60), 1, 40)
    assert ring == [[96, 96], [184, 96], [184, 164], [96, 164]]
    # As large as its box is, as large a window has it.
    assert window_of(400, 300, [{"mask": encode(pixel)}]) == window_of(
        400, 300, [{"box": [30, 20, 1, 1]}]
    )


def test_noise_and_lines_of_any_length_have_few_points():
    size = 301
    chequered = {"size": [size, size], "counts": "111" + "0" * (size**2 - 3)}
    assert sum(map(len, mask_rings(chequered, (0, 0, size, size), 2.3, 400))) <= 400
    # A side of many small turns, a hair below the picture; and a hole that nobody could see.
    turns = [[x, -0.001 * (x % 2)] for x in range(4990)]
    flag = [*turns, [4990, 3000], [2500, 1500], [0, 3000]]
    few = thinned([flag, [[10, 10], [10.5, 10], [10, 10.5]]], 5, 100)
    assert len(few) == 1
    assert len(few[0]) <= 100
    assert few[0][-3:] == flag[-3:]
    zigzag = [[8 * x, 4000 * (x % 2)] for x in range(600)]
    [few] = thinned([zigzag], 5, 40)
    assert 2 <= len(few) <= 40
    assert (few[0], few[-1]) == (zigzag[0], zigzag[-1])
    shapes = [{"id": str(at), "label": "car", "polyline": zigzag} for at in range(MOST)]
    marks = marks_of(shapes, set(), {}, (0, 0, 5000, 4000))
    assert len(marks) == MOST
    assert sum(len(mark.path) for mark in marks) < 100_000
