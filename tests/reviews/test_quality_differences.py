"""What an answer changes of another, and merging them object by object."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.quality.differences import differences
from reviews.quality.merging import UnknownChoice, choices_of, settled

BOXES = {"controls": [{"name": "objects", "type": "shapes"}]}
SPANS = {"controls": [{"name": "names", "type": "spans"}]}


def box(id_, x, label="car", **over):
    return {"id": id_, "label": label, "box": [x, 0, 10, 10], **over}


def kinds(schema, before, after):
    return [(found.kind, found.before, found.after) for found in differences(schema, before, after)]


def test_an_object_named_otherwise_and_moved_is_still_the_same_object():
    found = kinds(BOXES, {"objects": [box("a", 0)]}, {"objects": [box("b", 2, "bus")]})
    assert found == [("renamed", "a", "b"), ("moved", "a", "b")]


def test_attributes_alone_differ():
    turned = box("a", 0, attributes={"occluded": True})
    assert kinds(BOXES, {"objects": [box("a", 0)]}, {"objects": [turned]}) == [
        ("attributes", "a", "a")
    ]


def test_spans_of_the_same_place_are_paired():
    one = {"id": "a", "label": "PER", "start": 0, "end": 10, "text": "x" * 10}
    two, three = {**one, "id": "b", "end": 8}, {**one, "id": "c", "start": 20, "end": 25}
    assert kinds(SPANS, {"names": [one]}, {"names": [two, three]}) == [
        ("moved", "a", "b"),
        ("added", None, "c"),
    ]


def test_undecidable_against_an_answer_is_the_only_difference():
    found = kinds(BOXES, {"objects": [box("a", 0)]}, {"_undecidable": "dark"})
    assert found == [("changed", None, "dark")]
    assert kinds(BOXES, {"_undecidable": "dark"}, {"_undecidable": "night"}) == []


BOX_LISTS = st.lists(
    st.tuples(st.integers(0, 80), st.sampled_from(["car", "bus"])), max_size=6
).map(lambda rows: [box(str(place), x, label) for place, (x, label) in enumerate(rows)])


@given(BOX_LISTS, BOX_LISTS)
def test_differences_account_for_every_object_and_mirror(first, second):
    there = differences(BOXES, {"objects": first}, {"objects": second})
    added = sum(found.kind == "added" for found in there)
    removed = sum(found.kind == "removed" for found in there)
    assert len(first) - removed == len(second) - added
    back = differences(BOXES, {"objects": second}, {"objects": first})
    assert sum(found.kind == "added" for found in back) == removed
    assert differences(BOXES, {"objects": first}, {"objects": first}) == []


DISPUTE = {
    "is_kept": True,
    "object": box("c1", 5),
    "candidates": [
        {"source": 0, "id": "a", "label": "car"},
        {"source": 1, "id": "b", "label": "bus"},
    ],
}
DRAWN = [{"objects": [box("a", 4)]}, {"objects": [box("b", 7, "bus")]}]


@pytest.mark.parametrize(
    ("choice", "left"),
    [
        ("keep", [box("c1", 5)]),
        ("drop", []),
        ("class:bus", [box("c1", 5, "bus")]),
        ("outline:1", [box("c1", 7, "bus")]),
    ],
)
def test_a_choice_settles_its_object_and_leaves_the_others(choice, left):
    other = box("c2", 50)
    made = settled(
        {"objects": [box("c1", 5), other]},
        {"objects": [DISPUTE]},
        {("objects", 0): choice},
        DRAWN,
    )
    assert sorted(made["objects"], key=lambda entry: entry["id"]) == [*left, other]


def test_only_what_is_offered_can_be_chosen():
    assert choices_of(DISPUTE)[0] == "keep"
    with pytest.raises(UnknownChoice):
        settled({"objects": []}, {"objects": [DISPUTE]}, {("objects", 0): "class:tram"}, DRAWN)
