"""Polygons with holes, polylines and keypoints: what is refused, and how alike two of them are."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.kinds import AnswerError, ItemFacts
from tasks.kinds.answer import agree, distance, validate_answer
from tasks.kinds.keypoints import keypoint_likeness
from tasks.kinds.likeness import shape_likeness
from tasks.kinds.outlines import covered_area, shared_area
from tasks.kinds.polylines import line_likeness
from tasks.kinds.schema import validate_schema

IMAGE = ItemFacts("image", width=100, height=80)
SCHEMA = validate_schema(
    {
        "controls": [
            {
                "name": "objects",
                "type": "shapes",
                "tools": ["box", "polygon", "polyline", "keypoint"],
                "skeleton": {"names": ["head", "tail"]},
                "labels": [{"value": "fish"}],
            }
        ]
    },
    "image",
)
SQUARE = [[0, 0], [40, 0], [40, 40], [0, 40]]
HOLE = [[10, 10], [30, 10], [30, 30], [10, 30]]
MANY = [[50 + 40 * math.cos(n / 400), 40 + 30 * math.sin(n / 400)] for n in range(5001)]


def fish(**geometry):
    return {"id": "a1", "label": "fish", **geometry}


def stored(**geometry):
    [shape] = validate_answer(SCHEMA, {"objects": [fish(**geometry)]}, IMAGE)["objects"]
    return shape


@pytest.mark.parametrize(
    "geometry",
    [
        {"polygon": SQUARE},
        {"polygon": SQUARE, "holes": [HOLE]},
        {"polygon": [[0, 0], [100, 80], [100, 0], [0, 80]]},
        {"polygon": MANY[:5000]},
        {"polyline": [[0, 0], [100, 80]]},
        {"keypoints": [[1, 2, 2], [3.5, 4, 1]]},
    ],
    ids=["polygon", "with a hole", "crossing itself", "5,000 points", "polyline", "keypoints"],
)
def test_a_good_shape_is_stored_as_it_was_drawn(geometry):
    assert stored(**geometry) == fish(**geometry, attributes={})


def test_an_absent_point_has_no_place():
    assert stored(keypoints=[[1, 2, 2], [3, 4, 0]])["keypoints"][1] == [0, 0, 0]


def test_a_polygon_without_holes_does_not_list_them():
    assert "holes" not in stored(polygon=SQUARE, holes=[])


def test_lines_and_keypoint_sets_are_fewer_than_boxes():
    line = {"label": "fish", "polyline": [[0, 0], [9, 9]]}
    with pytest.raises(AnswerError) as refused:
        validate_answer(SCHEMA, {"objects": [line] * 1001}, IMAGE)
    assert (refused.value.code, refused.value.path) == ("too_many", "objects")


BAD = [
    ("two points", fish(polygon=SQUARE[:2]), "too_few_points", ".polygon"),
    ("5,001 points", fish(polygon=MANY), "too_many", ".polygon"),
    ("a line", fish(polygon=[[0, 0], [5, 5], [9, 9]]), "bad_polygon", ".polygon"),
    ("one point, thrice", fish(polygon=[[5, 5]] * 3), "bad_polygon", ".polygon"),
    ("outside", fish(polygon=[*SQUARE, [0, 81]]), "outside_image", ".polygon[4]"),
    ("three numbers", fish(polygon=[*SQUARE, [0, 0, 0]]), "bad_point", ".polygon[4]"),
    ("an object as point", fish(polygon=[*SQUARE, {"x": 1}]), "bad_point", ".polygon[4]"),
    ("NaN", fish(polygon=[*SQUARE, [0, math.nan]]), "not_finite", ".polygon[4][1]"),
    ("text", fish(polygon=[*SQUARE, [0, "1"]]), "wrong_type", ".polygon[4][1]"),
    ("polygon as text", fish(polygon="0 0"), "wrong_type", ".polygon"),
    ("rotation", fish(polygon=SQUARE, rotation=1), "unknown_key", ".rotation"),
    ("holes as object", fish(polygon=SQUARE, holes={}), "wrong_type", ".holes"),
    ("flat hole", fish(polygon=SQUARE, holes=[SQUARE[:2]]), "too_few_points", ".holes[0]"),
    (
        "hole outside its ring",
        fish(polygon=SQUARE, holes=[HOLE, [[30, 30], [50, 30], [50, 50]]]),
        "hole_outside",
        ".holes[1][1]",
    ),
    ("too many points with holes", fish(polygon=MANY[:4998], holes=[HOLE]), "too_many", ".holes"),
    ("one point", fish(polyline=[[0, 0]]), "too_few_points", ".polyline"),
    ("no length", fish(polyline=[[1, 1], [1, 1]]), "bad_polyline", ".polyline"),
    ("holes in a line", fish(polyline=[[1, 1], [2, 2]], holes=[]), "unknown_key", ".holes"),
    ("one keypoint", fish(keypoints=[[1, 1, 2]]), "wrong_number_of_points", ".keypoints"),
    ("all absent", fish(keypoints=[[1, 1, 0], [1, 1, 0]]), "bad_keypoints", ".keypoints"),
    ("no visibility", fish(keypoints=[[1, 1], [1, 1, 2]]), "bad_point", ".keypoints[0]"),
    ("visibility 3", fish(keypoints=[[1, 1, 3], [1, 1, 2]]), "bad_visibility", ".keypoints[0][2]"),
    (
        "keypoint outside",
        fish(keypoints=[[1, 1, 2], [101, 1, 2]]),
        "outside_image",
        ".keypoints[1]",
    ),
    ("two shapes", fish(polygon=SQUARE, box=[0, 0, 5, 5]), "two_shapes", ""),
    ("no shape", fish(), "missing_key", ".box"),
    ("mask", fish(mask={}), "tool_not_available", ".mask"),
]


@pytest.mark.parametrize(
    ("drawn", "code", "path"), [case[1:] for case in BAD], ids=[case[0] for case in BAD]
)
def test_a_bad_shape_is_refused_with_code_and_path(drawn, code, path):
    with pytest.raises(AnswerError) as caught:
        validate_answer(SCHEMA, {"objects": [drawn]}, IMAGE)
    assert (caught.value.code, caught.value.path) == (code, f"objects[0]{path}")


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([SQUARE], [SQUARE], 1600),
        ([SQUARE, HOLE], [SQUARE], 1200),
        ([SQUARE, HOLE], [HOLE], 0),
        ([SQUARE], [[[20, 20], [60, 20], [60, 60], [20, 60]]], 400),
        ([SQUARE], [[[40, 0], [60, 0], [60, 60]]], 0),
        # A bow tie: two triangles that meet in the middle.
        ([[[0, 0], [40, 40], [40, 0], [0, 40]]], [SQUARE], 800),
    ],
)
def test_shared_areas_that_one_can_work_out(a, b, expected):
    assert shared_area(a, b) == pytest.approx(expected, abs=1e-6)
    assert shared_area(b, a) == pytest.approx(expected, abs=1e-6)


POINTS = st.tuples(st.floats(0, 60), st.floats(0, 60)).map(list)
RINGS = st.lists(POINTS, min_size=3, max_size=7)


@settings(max_examples=60, deadline=None)
@given(RINGS, RINGS)
def test_the_shared_area_equals_that_counted_on_a_grid(a, b):
    x, y = np.meshgrid(np.linspace(-1, 61, 621), np.linspace(-1, 61, 621))
    counted = (_inside(a, x, y) & _inside(b, x, y)).sum() * 0.1**2
    assert shared_area([a], [b]) == pytest.approx(counted, abs=30)


def test_many_edges_are_counted_closely():
    around = [MANY[n] for n in range(0, 2513, 4)]
    assert len(around) > 600
    assert covered_area([around]) == pytest.approx(math.pi * 40 * 30, rel=1e-3)


def _inside(ring, x, y):
    inside = np.zeros_like(x, dtype=bool)
    for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
        crossed = (ay > y) != (by > y)
        if ay != by:
            inside ^= crossed & (x < ax + (y - ay) / (by - ay) * (bx - ax))
    return inside


def test_a_box_is_like_the_polygon_that_has_its_corners():
    likeness = shape_likeness([{"box": [0, 0, 40, 40]}], [{"polygon": SQUARE}])
    assert likeness[0, 0] == pytest.approx(1)


def test_a_line_is_as_like_another_as_they_are_close():
    line, reversed_line = [[0, 0], [60, 0]], [[60, 0], [30, 0], [0, 0]]
    assert line_likeness(line, reversed_line) == pytest.approx(1)
    likenesses = [line_likeness(line, [[0, n], [60, n]]) for n in (1, 2, 4, 10)]
    assert likenesses == sorted(likenesses, reverse=True)
    assert likenesses[-1] == 0


def test_keypoints_are_compared_point_by_point():
    drawn = [[0, 0, 2], [20, 30, 2]]
    assert keypoint_likeness(drawn, [[1, 0, 2], [20, 30, 2]]) > 0.9
    assert keypoint_likeness(drawn, [[0, 0, 2], [0, 0, 0]]) == pytest.approx(0.5)
    assert keypoint_likeness(drawn, [[20, 30, 2], [0, 0, 2]]) < 0.01


def test_people_who_trace_the_same_thing_agree():
    near = [[x + 1, y + 1] for x, y in SQUARE]
    one, other = {"objects": [stored(polygon=SQUARE)]}, {"objects": [stored(polygon=near)]}
    assert agree(SCHEMA, one, other)
    assert 0 < distance(SCHEMA, one, other) < 0.1
    assert not agree(SCHEMA, one, {"objects": [stored(polyline=SQUARE)]})
