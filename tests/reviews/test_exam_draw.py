"""The draw of an exam and its grading, as pure functions."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.quality.exams import Graded, PoolItem, draw, grade, result

CLASSES = [("bird", name) for name in ("robin", "wren", "crow", "owl")]
single_class_pools = st.lists(
    st.tuples(st.sampled_from(CLASSES), st.integers(0, 5)), max_size=40
).map(lambda rows: [PoolItem(n, [found], shown) for n, (found, shown) in enumerate(rows)])
any_pools = st.lists(
    st.tuples(st.lists(st.sampled_from(CLASSES), unique=True), st.integers(0, 5)), max_size=30
).map(lambda rows: [PoolItem(n, found, shown) for n, (found, shown) in enumerate(rows)])
sizes, seeds = st.integers(0, 45), st.text(max_size=5)


@given(single_class_pools, sizes, seeds)
def test_classes_differ_by_one_at_most_where_the_pool_allows(pool, size, seed):
    drawn = set(draw(pool, size, seed=seed))
    counts = Counter(item.classes[0] for item in pool if item.id in drawn)
    there = Counter(item.classes[0] for item in pool)
    most = max(counts.values(), default=0)
    for found in there:
        assert counts[found] >= most - 1 or counts[found] == there[found]


@given(any_pools, sizes, seeds)
def test_a_draw_is_whole_without_repeats_and_the_same_for_the_same_seed(pool, size, seed):
    drawn = draw(pool, size, seed=seed)
    assert len(drawn) == len(set(drawn)) == min(size, len(pool))
    assert set(drawn) <= {item.id for item in pool}
    assert drawn == draw(list(reversed(pool)), size, seed=seed)


@given(single_class_pools, sizes, seeds)
def test_within_a_class_the_items_shown_least_are_drawn(pool, size, seed):
    drawn = set(draw(pool, size, seed=seed))
    for found in CLASSES:
        own = [item for item in pool if item.classes[0] == found]
        taken = [item.exposures for item in own if item.id in drawn]
        left = [item.exposures for item in own if item.id not in drawn]
        assert not taken or not left or max(taken) <= min(left)


def test_another_seed_draws_others_of_what_is_equal():
    pool = [PoolItem(n, [CLASSES[0]], 0) for n in range(50)]
    assert len({frozenset(draw(pool, 5, seed=str(seed))) for seed in range(20)}) > 10


BIRD = {"name": "bird", "type": "choice"}
NOTE = {"name": "note", "type": "text"}
BOXES = {"name": "objects", "type": "shapes"}
SCHEMA = {"controls": [BIRD, NOTE]}


@pytest.mark.parametrize(
    ("reference", "given_answer", "score"),
    [
        ({"bird": "robin"}, {"bird": "robin"}, 1.0),
        # The note that nobody wrote does not soften a wrong class.
        ({"bird": "robin"}, {"bird": "wren"}, 0.0),
        ({"bird": "robin", "note": "ab"}, {"bird": "robin", "note": "a"}, 0.75),
        ({"bird": "robin"}, {"_undecidable": "dark"}, 0.0),
        ({"_undecidable": "dark"}, {"_undecidable": "blurred"}, 1.0),
        ({"_undecidable": "dark"}, {"bird": "robin"}, 0.0),
    ],
)
def test_an_answer_is_graded_by_the_distance_of_what_is_said(reference, given_answer, score):
    assert grade(SCHEMA, reference, given_answer) == pytest.approx(score)


def test_a_box_that_is_nearly_right_is_worth_nearly_all():
    one = {"objects": [{"label": "car", "box": [0, 0, 10, 10]}]}
    near = {"objects": [{"label": "car", "box": [0, 0, 10, 9]}]}
    assert 0.8 < grade({"controls": [BOXES]}, one, near) < 1


def graded(*rows):
    return [Graded([found], score) for found, score in rows]


def test_a_class_with_three_items_can_fail_an_exam_and_one_with_two_cannot():
    robin, wren = CLASSES[:2]
    sure = [(robin, 1.0)] * 17
    judged = result(graded(*sure, *[(wren, 0.0)] * 3), pass_percent=80, class_percent=60)
    assert (judged.score, judged.is_passed) == (0.85, False)
    assert not judged.classes[wren].is_passed
    few = result(graded(*sure, *[(wren, 0.0)] * 2), pass_percent=80, class_percent=60)
    assert few.is_passed
    assert (few.classes[wren].n, few.classes[wren].is_judged) == (2, False)


@given(st.integers(1, 60), st.integers(0, 60))
def test_exactly_at_the_bar_is_enough(n, right):
    right = min(right, n)
    rows = [(CLASSES[0], 1.0)] * right + [(CLASSES[0], 0.0)] * (n - right)
    found = result(graded(*rows), pass_percent=60, class_percent=0)
    assert found.is_passed == (5 * right >= 3 * n)
