import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from tasks.kinds.geometry import best_pairs, corners, iou_matrix, polygon_area


def box(x, y, width, height, rotation=0):
    return {"box": [x, y, width, height], "rotation": rotation}


def iou(a, b):
    return iou_matrix([a], [b])[0, 0]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (box(0, 0, 4, 4), box(0, 0, 4, 4), 1),
        (box(0, 0, 4, 4), box(4, 0, 4, 4), 0),
        (box(0, 0, 4, 4), box(2, 2, 4, 4), 4 / 28),
        (box(0, 0, 4, 4), box(1, 1, 2, 2), 4 / 16),
        (box(0, 0, 8, 2), box(0, 0, 8, 2, 180), 1),
        (box(0, 0, 8, 2), box(0, 0, 8, 2, 90), 4 / 28),
        (box(0, 0, 8, 2), box(3, -3, 2, 8, 90), 1),
        # A square in itself turned by 45 degrees: a regular octagon.
        (
            box(0, 0, 2, 2),
            box(0, 0, 2, 2, 45),
            (8 * (math.sqrt(2) - 1)) / (8 - 8 * (math.sqrt(2) - 1)),
        ),
    ],
)
def test_overlap_of_boxes_that_one_can_work_out(a, b, expected):
    assert iou(a, b) == pytest.approx(expected, abs=1e-9)


BOXES = st.builds(box, *[st.floats(0, 50)] * 2, *[st.floats(8, 40)] * 2, st.floats(0, 359))


@settings(max_examples=60, deadline=None)
@given(BOXES, BOXES)
def test_overlap_equals_that_counted_on_a_grid(a, b):
    x, y = np.meshgrid(np.linspace(-50, 120, 500), np.linspace(-50, 120, 500))
    inside_a, inside_b = _inside(a, x, y), _inside(b, x, y)
    union = (inside_a | inside_b).sum()
    counted = (inside_a & inside_b).sum() / union if union else 0
    assert iou(a, b) == pytest.approx(counted, abs=0.08)
    assert iou(a, b) == pytest.approx(iou(b, a), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(BOXES)
def test_turning_keeps_the_area(a):
    assert polygon_area(corners(a["box"], a["rotation"])) == pytest.approx(
        a["box"][2] * a["box"][3]
    )


def _inside(entry, x, y):
    left, top, width, height = entry["box"]
    angle = math.radians(-entry["rotation"])
    dx, dy = x - left - width / 2, y - top - height / 2
    across = dx * math.cos(angle) - dy * math.sin(angle)
    down = dx * math.sin(angle) + dy * math.cos(angle)
    return (abs(across) <= width / 2) & (abs(down) <= height / 2)


def test_of_equal_pairings_that_in_order_is_taken():
    assert best_pairs(np.ones((4, 3))) == [(0, 0), (1, 1), (2, 2)]


@given(st.integers(0, 8), st.integers(0, 8), st.randoms(use_true_random=False))
def test_the_best_pairs_gain_as_much_as_any_pairing_of_the_whole(rows, columns, rng):
    gain = np.array([[max(0, rng.randint(-9, 6)) for _c in range(columns)] for _r in range(rows)])
    gain = gain.reshape(rows, columns).astype(float)
    pairs = best_pairs(gain)
    best = gain[linear_sum_assignment(gain, maximize=True)].sum()
    assert sum(gain[pair] for pair in pairs) == best
    assert all(gain[pair] > 0 for pair in pairs)
    for side in zip(*pairs, strict=True):
        assert len(set(side)) == len(side)
