"""Answers of every kind of question as matches."""

import numpy as np
import pytest

from datasets.analysis.average_precision import PrecisionSums
from datasets.analysis.judging import Answer, judge_of
from datasets.analysis.odd_shapes import is_plain

pytestmark = pytest.mark.once
BOXES = {"name": "boxes", "type": "shapes", "labels": [{"value": "car"}, {"value": "bus"}]}


def precisions(judged):
    sums = PrecisionSums()
    sums.add(judged)
    return sums.precisions()


def rows(found):
    columns = (*(column.tolist() for column in found[:5]), *found[5:7])
    return [tuple(row) for row in zip(*columns, strict=True)]


def shape(name, label, **drawn):
    return {"id": name, "label": label, **drawn}


def test_objects_are_pairs_missed_or_added_whatever_their_shape():
    square = [[0, 0], [100, 0], [100, 100], [0, 100]]
    drawn = [
        {"box": [0, 0, 100, 100]},
        {"box": [0, 0, 100, 100], "rotation": 45},
        {"polygon": square},
        {"polyline": [[0, 0], [90, 90]]},
    ]
    for own in drawn:
        judge = judge_of(BOXES)
        far = shape("f", "bus", box=[500, 500, 40, 40])
        given = [shape("a", "car", **own), shape("b", "car", box=[200, 0, 40, 40])]
        said = [far, shape("p", "car", **own)]
        answers = [Answer([], [], None, {}), Answer(given, said, 0.5, {"boxes.1": 0.87654})]
        found, judged = judge.judge(answers)
        assert found.label_places.tolist() == [0, 1, -1]
        assert rows(found) == [
            (1, 1, 1, 8765, 10_000, "a", "p"),
            (1, 1, 0, 0, 0, "b", ""),
            (1, 0, 2, 5000, 0, "", "f"),
        ]
        sizes = ["all", "small", "medium", "large"] if is_plain(own) else ["all"]
        assert list(precisions(judged)) == sizes
        # Of two cars the first of three predictions, and the only car, is right.
        assert precisions(judged)["all"][1].mean == pytest.approx(51 / 101)


def test_what_is_unknown_to_the_schema_gets_a_number_and_what_has_no_score_is_counted():
    judge = judge_of(BOXES)
    box = [0, 0, 40, 40]
    bike, car = shape("a", "bike", box=box), shape("p", "car", box=[0, 0, 40, 80])
    found, _judged = judge.judge([Answer([bike], [car, car], None, {})])
    assert rows(found) == [
        (0, 3, 1, 10_000, 5_000, "a", "p"),
        (0, 0, 1, 10_000, 0, "", "p"),
    ]
    assert judge.classes.names == ["car", "bus", "bike"]
    assert judge.unscored_count == 2
    assert rows(judge.judge([])[0]) == []


def test_choices_are_matches_of_items_or_of_options():
    one = judge_of({"name": "bird", "type": "choice", "options": [{"value": "a"}, {"value": "b"}]})
    answers = [
        Answer("a", "a", 0.8, {"a": 0.7}),
        Answer("a", "b", 0.6, {}),
        Answer("b", None, None, {}),
        Answer(None, None, None, {}),
    ]
    found, judged = one.judge(answers)
    assert [row[:5] for row in rows(found)] == [
        (0, 1, 1, 7000, 10_000),
        (1, 1, 2, 6000, 10_000),
        (2, 2, 0, 0, 0),
    ]
    assert precisions(judged)["all"][1].mean == pytest.approx(51 / 101)
    assert precisions(judged)["all"][2].mean == 0
    options = [{"value": value} for value in "abc"]
    several = judge_of({"name": "t", "type": "choice", "multiple": True, "options": options})
    found, judged = several.judge(
        [Answer(["a", "b"], ["b", "c"], None, {"b": 0.9}), Answer([], [], 1, {})]
    )
    assert [row[:5] for row in rows(found)] == [
        (0, 1, 0, 0, 0),
        (0, 2, 2, 9000, 10_000),
        (0, 0, 3, 10_000, 0),
    ]
    assert several.unscored_count == 1
    assert np.isclose(precisions(judged)["all"][2].mean, 1)


def test_an_option_has_the_place_of_its_stored_answer_however_classes_are_numbered():
    control = {"type": "choice", "multiple": True, "options": [{"value": "a"}]}
    places = []
    for said in (["b"], ["c"]):
        judge = judge_of(control)
        judge.judge([Answer([], said, 0.9, {})])
        found, _judged = judge.judge([Answer(["c", "b"], [], None, {})])
        names = [judge.classes.names[code - 1] for code in found.truth.tolist()]
        places.append(dict(zip(names, found.label_places.tolist(), strict=True)))
    assert places == [{"c": 0, "b": 1}] * 2
