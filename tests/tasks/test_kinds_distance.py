import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.kinds import ItemFacts
from tasks.kinds.answer import agree, distance, equal, validate_answer
from tasks.kinds.schema import validate_schema
from tasks.kinds.text import levenshtein

IMAGE = ItemFacts("image", width=400, height=400)
TEXT = ItemFacts("text", text="Alice met Bob in Zürich 👋 today")
LABELS = [{"value": "a", "attributes": [{"name": "old", "type": "boolean"}]}, {"value": "b"}]


def schema_of(item_type, **control):
    return validate_schema({"controls": [{"name": "x", **control}]}, item_type)


OPTIONS = [{"value": value} for value in "abc"]
SCHEMAS = {
    "choice": schema_of("image", type="choice", options=OPTIONS),
    "multiple": schema_of("image", type="choice", multiple=True, options=OPTIONS),
    "rating": schema_of("image", type="rating"),
    "scale": schema_of("image", type="rating", ordinal=False),
    "text": schema_of("image", type="text"),
    "shapes": schema_of("image", type="shapes", labels=LABELS),
    "drawn": schema_of(
        "image",
        type="shapes",
        tools=["box", "polygon", "polyline", "keypoint"],
        skeleton={"names": ["head", "back", "tail"], "edges": [[0, 1]]},
        labels=LABELS,
    ),
    "spans": schema_of("text", type="spans", labels=[{"value": "a"}, {"value": "b"}]),
}
BOXES = st.fixed_dictionaries(
    {
        "label": st.sampled_from("ab"),
        "box": st.tuples(*[st.integers(100, 200)] * 2, *[st.floats(0.5, 90)] * 2).map(list),
        "rotation": st.sampled_from([0, 0, 30, 45.5, 90]),
    },
)
PLACES = st.tuples(st.integers(0, 400), st.floats(0, 400)).map(list)
HOLE = [[2, 1], [3, 1], [3, 2]]
DRAWN = st.one_of(
    BOXES,
    st.builds(
        lambda points: {"label": "a", "polygon": points},
        st.lists(PLACES, min_size=3, max_size=6).filter(lambda points: not is_flat(points)),
    ),
    st.just({"label": "a", "polygon": [[0, 0], [9, 0], [9, 9]], "holes": [HOLE]}),
    st.builds(
        lambda points: {"label": "a", "polyline": points},
        st.lists(PLACES, min_size=2, max_size=5, unique_by=tuple),
    ),
    st.builds(
        lambda places, shown: {
            "label": "a",
            "keypoints": [
                [*place, visible] for place, visible in zip(places, [2, *shown], strict=True)
            ],
        },
        st.lists(PLACES, min_size=3, max_size=3),
        st.lists(st.sampled_from([0, 1, 2]), min_size=2, max_size=2),
    ),
)


def is_flat(points):
    (x, y), *others = points
    arms = [(other_x - x, other_y - y) for other_x, other_y in others]
    return all(abs(a[0] * b[1] - a[1] * b[0]) < 0.01 for a in arms for b in arms)


SPANS = st.builds(
    lambda label, start, length: {"label": label, "start": start, "end": min(start + length, 30)},
    st.sampled_from("ab"),
    st.integers(0, 29),
    st.integers(1, 10),
)
VALUES = {
    "choice": st.sampled_from("abc"),
    "multiple": st.lists(st.sampled_from("abc"), unique=True),
    "rating": st.integers(1, 5),
    "scale": st.integers(1, 5),
    "text": st.text(st.sampled_from("ab é👋"), max_size=12),
    "shapes": st.lists(BOXES, max_size=4),
    "drawn": st.lists(DRAWN, max_size=4),
    "spans": st.lists(
        SPANS, max_size=5, unique_by=lambda span: (span["label"], span["start"], span["end"])
    ),
}
ANSWERS = {
    name: st.one_of(
        values.map(lambda value: {"x": value}), st.just({}), st.just({"_undecidable": "dark"})
    )
    for name, values in VALUES.items()
}


@pytest.mark.parametrize("name", SCHEMAS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_the_laws_of_a_distance_hold(name, data):
    schema, item = SCHEMAS[name], TEXT if name == "spans" else IMAGE
    a, b = (validate_answer(schema, data.draw(ANSWERS[name]), item) for _ in "ab")
    between = distance(schema, a, b)
    assert 0 <= between <= 1
    assert between == pytest.approx(distance(schema, b, a), abs=1e-9)
    assert distance(schema, a, a) == 0
    assert equal(schema, a, a)
    assert agree(schema, a, a)
    assert agree(schema, a, b) == agree(schema, b, a)
    if equal(schema, a, b):
        assert agree(schema, a, b)


@pytest.mark.parametrize("name", SCHEMAS)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_a_stored_answer_is_valid_and_stays_as_it_is(name, data):
    schema, item = SCHEMAS[name], TEXT if name == "spans" else IMAGE
    stored = validate_answer(schema, data.draw(ANSWERS[name]), item)
    assert validate_answer(schema, stored, item) == stored


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("abc"), max_size=15), st.text(st.sampled_from("abc"), max_size=15))
def test_the_bit_parallel_edit_distance_equals_the_table(a, b):
    row = list(range(len(b) + 1))
    for i, char in enumerate(a, 1):
        before, row = row, [i]
        for j, other in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (char != other)))
    assert levenshtein(a, b) == row[-1]


def test_long_texts_are_compared():
    assert levenshtein("abcde" * 2000, "abdce" * 2000) > 0


def test_many_boxes_are_compared():
    drawn = [{"label": "a", "box": [n % 40 * 9, n // 40 * 9, 8, 8]} for n in range(5000)]
    moved = [{**box, "box": [box["box"][0] + 1, *box["box"][1:]]} for box in drawn]
    assert 0 < distance(SCHEMAS["shapes"], {"x": drawn}, {"x": moved}) < 0.5


def test_another_attribute_makes_a_box_half_as_alike():
    old = {"label": "a", "box": [0, 0, 9, 9], "attributes": {"old": True}}
    new = {**old, "attributes": {"old": False}}
    assert distance(SCHEMAS["shapes"], {"x": [old]}, {"x": [new]}) == 0.5
    assert not agree(SCHEMAS["shapes"], {"x": [old]}, {"x": [new]})


def test_another_label_makes_a_box_another_thing():
    one, other = ({"label": label, "box": [0, 0, 9, 9]} for label in "ab")
    assert distance(SCHEMAS["shapes"], {"x": [one]}, {"x": [other]}) == 1
