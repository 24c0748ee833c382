"""Class pairs: symmetric, and their sums are what was counted by hand."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from reviews.quality.pairs import (
    class_pairs,
    item_pairs,
    leading_pair,
    most_confused,
    named_pairs,
)
from reviews.quality.stretches import stretch_likeness

CLASSES = ("bird", "car", "dog")
ONE = {"name": "kind", "type": "choice", "multiple": False}
SEVERAL = {"name": "kind", "type": "choice", "multiple": True}
SHAPES = {"name": "kind", "type": "shapes"}
SPANS = {"name": "kind", "type": "spans"}
RATING = {"name": "kind", "type": "rating", "min": 1, "max": 5}

labels = st.sampled_from(CLASSES)
boxes = st.builds(
    lambda label, x, y, w, h: {"label": label, "box": [x, y, w, h]},
    labels,
    *[st.integers(0, 12)] * 2,
    *[st.integers(1, 12)] * 2,
)
spans = st.builds(
    lambda label, start, length: {"label": label, "start": start, "end": start + length},
    labels,
    st.integers(0, 12),
    st.integers(1, 12),
)
VALUES = {
    "one": (ONE, labels),
    "several": (SEVERAL, st.lists(labels, unique=True)),
    "shapes": (SHAPES, st.lists(boxes, max_size=4)),
    "spans": (SPANS, st.lists(spans, max_size=4)),
    "rating": (RATING, st.integers(1, 5)),
}


@st.composite
def answered(draw):
    control, values = VALUES[draw(st.sampled_from(sorted(VALUES)))]
    given = st.builds(lambda value: {"kind": value}, values)
    answer = st.one_of(given, st.just({}), st.just({"_undecidable": "too dark"}))
    return control, draw(st.lists(st.lists(answer, max_size=4), max_size=5))


def by_number(items):
    return dict(enumerate(items))


@given(answered())
def test_neither_the_order_of_people_nor_of_items_matters(made):
    control, items = made
    there = class_pairs(control, by_number(items))
    back = class_pairs(control, by_number([answers[::-1] for answers in items[::-1]]))
    assert there == back
    assert all(first <= second for first, second in there)


@given(st.lists(st.lists(labels, min_size=2, max_size=6), max_size=8))
def test_each_item_counts_once_for_each_two_classes_it_was_given(items):
    answers = by_number([[{"kind": label} for label in given] for given in items])
    found = class_pairs(ONE, answers)
    apart = sum(count for (first, second), count in found.items() if first != second)
    assert apart == sum(len(list(combinations(set(given), 2))) for given in items)
    both = sum(count for (first, second), count in found.items() if first == second)
    assert both == sum(sum(given.count(label) > 1 for label in set(given)) for given in items)


@given(st.lists(st.tuples(labels, labels)))
def test_of_two_people_every_item_stands_in_one_cell(items):
    found = class_pairs(ONE, by_number([[{"kind": a}, {"kind": b}] for a, b in items]))
    assert sum(found.values()) == len(items)
    assert sum(count for _pair, count in most_confused(found)) == sum(a != b for a, b in items)


@given(answered())
def test_one_alone_disagrees_with_nobody(made):
    control, items = made
    assert not class_pairs(control, by_number([answers[:1] for answers in items]))


@given(st.lists(boxes, max_size=4), st.sampled_from(CLASSES))
def test_shapes_of_one_label_never_disagree(shapes, label):
    made = [{**shape, "label": label} for shape in shapes]
    found = item_pairs(SHAPES, [{"kind": made}, {"kind": made[::-1]}])
    assert found == ({(label, label)} if made else set())


def test_what_only_one_of_two_chose_stands_against_what_only_the_other_did():
    answers = [{"kind": ["bird", "car"]}, {"kind": ["bird", "dog"]}]
    assert item_pairs(SEVERAL, answers) == {("bird", "bird"), ("car", "dog")}
    assert item_pairs(SEVERAL, [{"kind": ["bird", "car"]}, {"kind": ["bird"]}]) == {
        ("bird", "bird")
    }


def test_a_shape_meets_its_own_label_before_a_nearer_one():
    near = {"label": "car", "box": [0, 0, 10, 10]}
    same = {"label": "dog", "box": [0, 0, 10, 8]}
    alone = [{"kind": [near]}, {"kind": [{"label": "dog", "box": [0, 0, 10, 10]}]}]
    assert item_pairs(SHAPES, alone) == {("car", "dog")}
    both = [{"kind": [near, same]}, {"kind": [{"label": "dog", "box": [0, 0, 10, 10]}]}]
    assert item_pairs(SHAPES, both) == {("dog", "dog")}
    far = [{"kind": [near]}, {"kind": [{"label": "dog", "box": [50, 50, 9, 9]}]}]
    assert item_pairs(SHAPES, far) == set()


def test_spans_meet_where_they_share_half_of_their_characters():
    first = [{"kind": [{"label": "car", "start": 0, "end": 10}]}]
    second = {"kind": [{"label": "dog", "start": 4, "end": 10}]}
    assert item_pairs(SPANS, [*first, second]) == {("car", "dog")}
    second["kind"][0]["start"] = 6
    assert item_pairs(SPANS, [*first, second]) == set()
    assert stretch_likeness([], first[0]["kind"]).shape == (0, 1)


def test_steps_of_a_rating_are_classes_too():
    assert item_pairs(RATING, [{"kind": 2}, {"kind": 10}]) == {("10", "2")}


@given(st.dictionaries(labels, st.integers(1, 9)))
def test_the_leading_pair_has_the_two_most_voted_classes(counts):
    found = leading_pair({"kind": counts})
    if len(counts) < 2:
        assert found is None
        return
    _control, pair = found
    rest = [count for name, count in counts.items() if name not in pair]
    assert min(counts[name] for name in pair) >= max(rest, default=0)


def test_the_closest_race_of_several_questions_leads():
    votes = {"age": {"old": 4, "young": 1}, "kind": {"car": 3, "dog": 2}}
    assert leading_pair(votes) == ("kind", ("car", "dog"))
    assert leading_pair({}) is None


def test_pairs_that_are_named_are_of_one_question():
    named = [{"control": "kind", "value": value} for value in (*CLASSES, "car")]
    pairs = {("kind", pair) for pair in combinations(CLASSES, 2)}
    assert named_pairs([*named, {"control": "age", "value": "old"}]) == pairs
