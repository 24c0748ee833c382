"""What a tile draws: paths, the window on what is small, and stretches of a text."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.analysis.drawings import frame_of, marks_of, path_of, window_of
from datasets.analysis.excerpts import LENGTH, excerpt_of
from tasks.kinds.rle import encode

pytestmark = pytest.mark.once


def test_every_shape_has_a_path_and_a_frame():
    mask = np.zeros((4, 6), bool)
    mask[1:3, 2:5] = True
    hole = [[2, 2], [3, 2], [3, 3]]
    drawn = {
        "M1 2L4 2L4 4L1 4Z": {"box": [1, 2, 3, 2]},
        "M0 0L9 0L9 9ZM2 2L3 2L3 3Z": {"polygon": [[0, 0], [9, 0], [9, 9]], "holes": [hole]},
        "M2 1L5 1L5 3L2 3Z": {"mask": encode(mask)},
        "": {"mask": encode(np.zeros((2, 2), bool))},
    }
    assert {path_of(shape, (0, 0, 9, 9)): shape for shape in drawn.values()} == drawn
    assert frame_of({"mask": encode(mask)}) == (2, 1, 3, 2)
    assert frame_of({"mask": encode(np.zeros((2, 2), bool))}) is None
    assert frame_of({"keypoints": [[1, 2, 2], [5, 4, 1], [0, 0, 0]]}) == (1, 2, 4, 2)
    turned = frame_of({"box": [0, 0, 4, 2], "rotation": 90})
    assert turned == pytest.approx((1, -1, 2, 4))


def test_what_is_looked_at_is_drawn_on_top_and_never_left_out():
    shapes = [{"id": f"o{n}", "label": "car", "box": [n, 0, 1, 1]} for n in range(300)]
    marks = marks_of(shapes, {"o0"}, {}, (0, 0, 300, 1))
    assert (len(marks), marks[-1].path, marks[-1].title) == (200, "M0 0L1 0L1 1L0 1Z", "car")
    assert [mark.is_concerned for mark in marks].count(True) == 1
    # Whoever looks at a part of a picture is not kept from it by what is elsewhere.
    near = marks_of(shapes, set(), {}, (10.5, 0, 2, 1))
    assert [mark.path[:3] for mark in near] == ["M10", "M11", "M12"]


def test_keypoints_are_joined_by_the_edges_of_their_skeleton_where_both_ends_are_there():
    person = {"keypoints": [[1, 1, 2], [5, 1, 1], [0, 0, 0]], "edges": [[0, 1], [1, 2], [0, 3]]}
    path = path_of(person, (0, 0, 90, 60))
    assert path.startswith("M1 1L5 1M0 1a")
    assert path.count("M") == 3


@settings(max_examples=40)
@given(
    *(st.floats(1, 4000) for _side in range(2)),
    *(st.floats(0, 0.9) for _place in range(2)),
    *(st.floats(0.001, 0.1) for _part in range(2)),
)
def test_the_window_lies_in_the_picture_and_holds_the_object(width, height, x, y, across, down):
    box = [x * width, y * height, across * width, down * height]
    left, top, wide, high = window_of(width, height, [{"box": box}])
    slack = 1e-6 * max(width, height)
    assert left >= -slack
    assert top >= -slack
    assert left + wide <= width + slack
    assert top + high <= height + slack
    assert left <= box[0] + slack
    assert left + wide >= box[0] + box[2] - slack
    assert top <= box[1] + slack
    assert top + high >= box[1] + box[3] - slack
    polygon = {
        "polygon": [[x, y] for x in (box[0], box[0] + box[2]) for y in (box[1], box[1] + box[3])]
    }
    assert window_of(width, height, [polygon]) == pytest.approx((left, top, wide, high))


def test_a_long_text_is_cut_around_the_span_in_question():
    text = "x" * 500 + "Alice" + "y" * 500
    label = [{"id": "a", "label": "PER", "start": 500, "end": 505}]
    predicted = [
        {"id": "a", "label": "ORG", "start": 500, "end": 503},
        {"id": "b", "label": "ORG", "start": 900, "end": 950},
    ]
    found = excerpt_of(text, label, predicted, {("predicted", "a")}, {"PER": "Person"})
    shown = "".join(piece.text for piece in found.pieces)
    assert (len(shown), found.is_cut_before, found.is_cut_after) == (LENGTH, True, True)
    marked = [piece for piece in found.pieces if piece.is_marked]
    assert [(piece.text, piece.label, piece.predicted) for piece in marked] == [
        ("Ali", "Person", "ORG"),
        ("ce", "Person", ""),
    ]
    assert [piece.is_concerned for piece in marked] == [True, False]
    whole = excerpt_of("short", [], [], set(), {})
    assert [piece.text for piece in whole.pieces] == ["short"]
    assert (whole.is_cut_before, whole.is_cut_after) == (False, False)
    assert excerpt_of("", [], [], set(), {}).pieces == []
