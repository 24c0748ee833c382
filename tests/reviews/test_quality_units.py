"""Alpha of objects and of stretches."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.quality.alpha import krippendorff_alpha
from reviews.quality.instance_alpha import instance_alpha, labels_of_things
from reviews.quality.stretches import stretch_likeness
from reviews.quality.unitizing import Continuum, alpha_u, disagreement
from tasks.kinds.likeness import shape_likeness


def box(x, label="car"):
    return {"label": label, "box": [x, 0, 10, 10]}


def marked(label, *units):
    return [{"label": label, "start": start, "end": start + size} for start, size in units]


# Krippendorff 2004, section 11.6: a continuum of 300, two people.
FIRST_C = marked("c", (75, 70), (220, 30))
SECOND_C = marked("c", (70, 80), (205, 20), (250, 20))
BOTH_K = marked("k", (30, 60), (150, 50))


def test_alpha_of_units_of_krippendorff_s_own_example():
    c = disagreement(Continuum(300, [FIRST_C, SECOND_C]))
    assert c.observed / 300**2 == pytest.approx(0.0144, abs=5e-5)
    assert c.expected / 300**2 == pytest.approx(0.0532, abs=5e-5)
    assert 1 - c.observed / c.expected == pytest.approx(0.7286, abs=5e-5)
    k = disagreement(Continuum(300, [BOTH_K, BOTH_K]))
    assert (k.observed, k.expected / 300**2) == (0, pytest.approx(0.0490, abs=5e-5))
    # Printed as .8591, from the rounded figures above.
    both = Continuum(300, [FIRST_C + BOTH_K, SECOND_C + BOTH_K])
    assert alpha_u([both]).value == pytest.approx(0.8591, abs=5e-4)


@pytest.mark.parametrize(
    ("first", "second", "observed"),
    [
        # Krippendorff 1995, table of four pairs of people on a continuum of 24: A, B and C.
        ([(2, 8), (14, 6)], [(4, 4), (15, 2)], 0.03125),
        ([(0, 18)], [(0, 2), (2, 1), (3, 1), (4, 1), (5, 1), (6, 3), (9, 1)], 2.26736),
        ([(2, 6), (10, 2), (14, 4), (20, 2)], [(0, 2), (4, 4), (10, 4), (16, 2), (20, 2)], 0.02777),
    ],
)
def test_observed_disagreement_of_krippendorff_s_first_examples(first, second, observed):
    found = disagreement(Continuum(24, [marked("x", *first), marked("x", *second)]))
    assert found.observed / 24**2 == pytest.approx(observed, abs=1e-5)


STRETCHES = st.lists(
    st.tuples(st.integers(0, 15), st.integers(1, 6), st.sampled_from("xy")), max_size=4
).map(lambda found: [unit for start, size, label in found for unit in marked(label, (start, size))])


@settings(max_examples=50)
@given(st.lists(STRETCHES, min_size=2, max_size=4))
def test_alpha_of_units_is_1_among_the_same_and_never_more(people):
    found = alpha_u([Continuum(21, people)])
    assert found.value is None or found.value <= 1
    assert alpha_u([Continuum(21, people[::-1])]).value == pytest.approx(found.value)
    same = alpha_u([Continuum(21, [people[0]] * 3)])
    assert same.value == (1 if people[0] else None)


@settings(max_examples=30)
@given(st.lists(STRETCHES, min_size=2, max_size=3), st.integers(2, 5))
def test_a_unit_of_length_is_what_it_is_counted_in(people, ticks):
    longer = [
        [entry | {"start": entry["start"] * ticks, "end": entry["end"] * ticks} for entry in found]
        for found in people
    ]
    first = alpha_u([Continuum(21, people)], ticks=ticks).value
    assert first == alpha_u([Continuum(21 * ticks, longer)]).value


def test_stretches_of_nobody_or_of_one_person_define_nothing():
    assert alpha_u([]).value is None
    assert alpha_u([Continuum(10, [FIRST_C])]).n == 0
    assert alpha_u([Continuum(10, [[], []])]).value is None


def test_unmatched_objects_are_a_category_of_their_own():
    people = [[box(0), box(50)], [box(1, "bus")], [box(0)]]
    assert labels_of_things(people, shape_likeness) == [["car", "bus", "car"], ["car", None, None]]
    units = [(0, who, label) for who, label in enumerate(("car", "bus", "car"))]
    units += [(1, who, label) for who, label in enumerate(("car", "-", "-"))]
    found = instance_alpha([people], shape_likeness)
    assert found.value == pytest.approx(krippendorff_alpha(units), abs=1e-9)
    assert found.n == 1


BOXES = st.lists(
    st.builds(box, st.sampled_from([0, 2, 30, 33, 60]), st.sampled_from(["car", "bus"])), max_size=3
)


@settings(max_examples=50)
@given(st.lists(st.lists(BOXES, min_size=1, max_size=3), min_size=1, max_size=4))
def test_alpha_of_objects_is_that_of_the_labels_of_the_things(items):
    found = instance_alpha(items, shape_likeness)
    units = [
        unit
        for people in items
        if len(people) > 1
        for unit in labels_of_things(people, shape_likeness)
    ]
    labels = [
        (n, who, label or "-") for n, unit in enumerate(units) for who, label in enumerate(unit)
    ]
    expected = krippendorff_alpha(labels)
    assert found.value == (None if expected is None else pytest.approx(expected, abs=1e-9))


@settings(max_examples=50)
@given(st.lists(STRETCHES, min_size=2, max_size=4))
def test_every_object_of_everybody_is_in_one_thing(people):
    things = labels_of_things(people, stretch_likeness)
    for who, found in enumerate(people):
        given_labels = sorted(thing[who] for thing in things if thing[who] is not None)
        assert given_labels == sorted(entry["label"] for entry in found)
