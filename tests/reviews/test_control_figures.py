"""Which figures a control has, by its type, from the answers of each task."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.quality.control_figures import figures, option_figures
from reviews.quality.numeric_agreement import number_report
from reviews.quality.object_figures import segment_figures
from tasks.kinds import KINDS

BIRD = {
    "name": "bird",
    "type": "choice",
    "multiple": False,
    "options": [{"value": value} for value in ("robin", "wren", "crow")],
}
BIRDS = BIRD | {"multiple": True}
SEVERITY = {"name": "severity", "type": "rating", "min": 1, "max": 5, "ordinal": True}
OBJECTS = {"name": "objects", "type": "shapes", "labels": [{"value": "car"}, {"value": "bus"}]}
NAMES = {"name": "names", "type": "spans", "labels": [{"value": "PER"}]}
NOTE = {"name": "note", "type": "text"}


def answers(control, *items):
    """Of each item what people one after the other said; None is no answer."""
    return {
        task: [
            (f"p{who}", {} if value is None else {control["name"]: value})
            for who, value in enumerate(values)
        ]
        for task, values in enumerate(items)
    }


def values(found):
    return {name: figure.value for name, figure in found.items()}


def box(*place, label="car"):
    return {"label": label, "box": list(place)}


def test_a_single_choice_has_reliability_beside_agreement():
    found = figures(BIRD, answers(BIRD, ["wren", "wren"], ["wren", "robin"], ["crow", "crow"]))
    assert set(found) == {"percent", "alpha", "fleiss_kappa", "cohen_kappa", "gwet_ac1"}
    assert found["percent"].value == pytest.approx(2 / 3)
    assert {figure.n for figure in found.values()} == {3}


def test_all_options_of_a_question_could_have_been_chosen():
    found = values(figures(BIRD, answers(BIRD, *[["wren", "wren"]] * 3)))
    assert found == {
        "percent": 1,
        "alpha": None,
        "fleiss_kappa": None,
        "cohen_kappa": None,
        "gwet_ac1": 1,
    }


def test_a_class_that_dominates_brings_the_agreement_on_the_others():
    found = figures(
        BIRD, answers(BIRD, *[["wren", "wren"]] * 18, ["crow", "crow"], ["crow", "wren"])
    )
    assert found["positive_agreement"].value == pytest.approx(2 / 3)


def test_near_misses_on_a_scale_cost_little():
    near = figures(SEVERITY, answers(SEVERITY, [1, 2], [4, 5], [3, 3]))
    far = figures(SEVERITY, answers(SEVERITY, [1, 5], [4, 1], [3, 3]))
    assert near["percent"].value == far["percent"].value
    for name in ("closeness", "alpha", "weighted_kappa"):
        assert near[name].value > far[name].value
    assert near["closeness"].value == pytest.approx(1 - 2 / 16 / 3)


def test_sets_of_options_are_compared_as_sets():
    given = answers(BIRDS, ["wren", "crow"], ["crow"]) | answers(
        BIRDS, [["wren", "crow"], ["crow"]]
    )
    found = figures(BIRDS, given)
    assert set(found) == {"percent", "masi", "alpha_jaccard", "alpha_masi"}
    assert found["percent"].value == 0.5
    assert found["masi"].value == pytest.approx(1 / 3)
    assert set(option_figures(BIRDS, given)) == {"robin", "wren", "crow"}
    assert option_figures(BIRDS, given)["wren"].value == 0


def test_who_could_not_decide_agrees_with_the_same_and_with_nothing_else():
    stuck = {"_undecidable": "too dark"}
    for second, share in ((stuck, 1.0), ({"birds": ["crow"]}, 0.0), ({}, 0.0)):
        pair = {1: [("a", {"_undecidable": "blurred"}), ("b", second)]}
        for control in (BIRDS | {"name": "birds"}, NOTE, OBJECTS):
            assert figures(control, pair)["percent"].value == share


def test_boxes_have_f1_overlap_and_alpha():
    given = answers(
        OBJECTS,
        [[box(0, 0, 10, 10), box(50, 0, 9, 9, label="bus")], [box(0, 0, 10, 9)]],
        [[], []],
    )
    found = figures(OBJECTS, given)
    assert set(found) == {"percent", "f1", "mean_iou", "dice", "instance_alpha"}
    assert found["f1"].value == pytest.approx((2 / 3 + 1) / 2)
    assert (found["mean_iou"].value, found["mean_iou"].n) == (pytest.approx(0.9), 1)
    assert found["instance_alpha"].n == 1


def test_other_shapes_are_measured_by_what_they_are():
    square = {"label": "car", "polygon": [[0, 0], [60, 0], [60, 60], [0, 60]]}
    line = {"label": "car", "polyline": [[0, 0], [40, 0]]}
    points = {"label": "car", "keypoints": [[0, 0, 2], [30, 30, 2]]}
    found = figures(OBJECTS, answers(OBJECTS, [[square, line, points]] * 2))
    names = {"mean_iou", "dice", "boundary_f", "line_likeness", "oks"}
    assert set(found) > names
    assert all(found[name].value == pytest.approx(1) for name in names)


def test_spans_have_an_alpha_where_the_length_of_the_text_is_known():
    span = {"label": "PER", "start": 3, "end": 8}
    given = answers(NAMES, [[span], [span | {"end": 7}]], [[], None])
    found = figures(NAMES, given, lengths={0: 40, 1: 12})
    assert set(found) == {"percent", "exact_f1", "character_f1", "alpha_u"}
    assert (found["exact_f1"].value, found["exact_f1"].n) == (0.5, 2)
    assert 0.9 < found["alpha_u"].value < 1
    assert "alpha_u" not in figures(NAMES, given)


def test_texts_are_compared_by_characters_and_by_words():
    found = figures(NOTE, answers(NOTE, ["a wren", "a robin"], ["same", "same"], [None, "x"]))
    assert set(found) == {"percent", "chrf", "word_agreement"}
    assert found["word_agreement"].value == pytest.approx((0.5 + 1 + 0) / 3)


def test_segments_of_time_and_numbers_have_their_figures_before_they_have_an_editor():
    segment = {"label": "speech", "start": 1.0, "end": 3.0}
    found = segment_figures([[[segment], [segment | {"end": 3.5}]], [[], []]], [10.0, None])
    assert set(found) == {"f1", "mean_iou", "instance_alpha", "alpha_u"}
    assert (found["f1"].value, found["mean_iou"].value) == (1, 0.8)
    numbers = number_report([[("a", 1), ("b", 2)], [("a", 8), ("b", 8)]], low=0, high=10)
    assert numbers.closeness.value == 0.95


@pytest.mark.parametrize("control", [BIRD, BIRDS, SEVERITY, OBJECTS, NAMES, NOTE])
@pytest.mark.parametrize("items", [[], [[None]], [[]]], ids=["no task", "one answer", "none"])
def test_nothing_is_defined_without_two_answers(control, items):
    found = figures(control, answers(control, *items), lengths={0: 9})
    assert all(figure.value is None and figure.n == 0 for figure in found.values())


def test_every_kind_of_control_has_figures():
    controls = {control["type"] for control in (BIRD, SEVERITY, OBJECTS, NAMES, NOTE)}
    assert controls == set(KINDS)


CHOICES = st.lists(
    st.lists(st.sampled_from(["robin", "wren", "crow", None]), max_size=4), max_size=8
)


@settings(max_examples=60)
@given(CHOICES)
def test_a_figure_never_leaves_its_range_and_holds_its_value_in_its_interval(items):
    for figure in figures(BIRD, answers(BIRD, *items)).values():
        if figure.value is not None:
            assert figure.value <= 1
        if figure.interval is not None:
            assert figure.interval.low <= figure.interval.high <= 1 + 1e-9
