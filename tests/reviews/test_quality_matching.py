from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.quality.matching import match_boxes, match_spans
from tasks.kinds.geometry import iou_matrix


def box(x, y, width, height, label="car", rotation=0):
    return {"label": label, "box": [x, y, width, height], "rotation": rotation}


def span(start, end, label="PER"):
    return {"label": label, "start": start, "end": end}


def test_two_empty_answers_match_and_one_empty_answer_does_not():
    assert match_boxes([], []).f1 == match_boxes([], []).mean_iou == 1
    one = match_boxes([box(0, 0, 5, 5)], [])
    assert (one.f1, one.precision, one.recall, one.mean_iou) == (0, 0, 0, 0)


def test_a_box_has_one_partner_only():
    match = match_boxes([box(0, 0, 10, 10), box(0, 0, 10, 9)], [box(0, 0, 10, 10)])
    assert [(pair.first, pair.second) for pair in match.pairs] == [(0, 0)]
    assert (match.precision, match.recall) == (0.5, 1)


def test_a_greedy_pairing_would_lose_a_pair():
    # The best single pair (0, 0) would leave box 1 without a partner.
    first = [box(0, 0, 100, 10), box(0, 0, 70, 10)]
    second = [box(0, 0, 90, 10), box(0, 0, 180, 10)]
    match = match_boxes(first, second)
    assert sorted((pair.first, pair.second) for pair in match.pairs) == [(0, 1), (1, 0)]
    assert match.f1 == 1


def test_another_label_is_no_match_unless_labels_are_ignored():
    car, bus = box(0, 0, 5, 5), box(0, 0, 5, 5, "bus")
    assert match_boxes([car], [bus]).f1 == 0
    assert match_boxes([car], [bus], same_label=False).f1 == 1


def test_the_threshold_itself_counts():
    assert match_boxes([box(0, 0, 10, 10)], [box(0, 0, 10, 5)]).f1 == 1
    assert match_boxes([box(0, 0, 10, 10)], [box(0, 0, 10, 4.9)]).f1 == 0


def test_a_turned_box_meets_its_likeness():
    match = match_boxes([box(0, 0, 8, 2, rotation=90)], [box(3, -3, 2, 8)])
    assert match.mean_iou == pytest.approx(1)


BOXES = st.lists(
    st.builds(
        box, *[st.integers(0, 8)] * 2, *[st.integers(4, 9)] * 2, st.sampled_from(["car", "bus"])
    ),
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(BOXES, BOXES)
def test_no_other_pairing_is_better(first, second):
    match = match_boxes(first, second)
    reverse = match_boxes(second, first)
    assert match.f1 == reverse.f1
    assert (match.precision, match.recall) == (reverse.recall, reverse.precision)
    small, large = sorted((first, second), key=len)
    iou = iou_matrix(small, large)
    best = max(
        (
            sum(
                1
                for a, b in enumerate(order)
                if iou[a, b] >= 0.5 and small[a]["label"] == large[b]["label"]
            )
            for order in permutations(range(len(large)), len(small))
        ),
        default=0,
    )
    assert len(match.pairs) == best


@pytest.mark.parametrize(
    ("first", "second", "exact", "characters"),
    [
        ([], [], 1, 1),
        ([span(0, 5)], [], 0, 0),
        ([span(0, 5)], [span(0, 5)], 1, 1),
        ([span(0, 5)], [span(0, 5, "LOC")], 0, 0),
        ([span(0, 10)], [span(0, 5), span(5, 10)], 0, 1),
        ([span(0, 10), span(2, 5)], [span(0, 10)], 2 / 3, 1),
        ([span(0, 4), span(8, 12)], [span(2, 10)], 0, 0.5),
    ],
)
def test_spans_are_compared_whole_and_by_character(first, second, exact, characters):
    for match in (match_spans(first, second), match_spans(second, first)):
        assert match.exact_f1 == pytest.approx(exact)
        assert match.character_f1 == pytest.approx(characters)
