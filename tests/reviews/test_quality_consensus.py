import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.quality.consensus import vote
from reviews.quality.doubt import doubt
from reviews.quality.item_agreement import agreement_by_control, is_unanimous, item_agreement

OPTIONS = [{"value": value} for value in ("robin", "crow", "wren")]


def schema_of(**control):
    return {"controls": [{"name": "x", **control}]}


CHOICE = schema_of(type="choice", options=OPTIONS)
MULTIPLE = schema_of(type="choice", multiple=True, options=OPTIONS)
RATING = schema_of(type="rating", min=1, max=5, ordinal=True)
TEXT = schema_of(type="text", max_length=100)
SHAPES = schema_of(type="shapes", labels=[{"value": "car"}])
SPANS = schema_of(type="spans", labels=[{"value": "PER"}])


def answers(*values):
    return [{} if value is None else {"x": value} for value in values]


def car(x):
    return {"id": f"a{x}", "label": "car", "box": [x, 0, 100, 100]}


def test_the_majority_wins_with_its_share_as_confidence():
    outcome = vote(CHOICE, answers("crow", "robin", "crow"))
    assert outcome.answer == {"x": "crow"}
    assert outcome.confidence == pytest.approx(2 / 3)
    assert not outcome.is_tie
    assert not outcome.is_unanimous
    assert outcome.votes == {"x": {"crow": 2, "robin": 1}}


def test_a_tie_goes_to_the_commoner_class_and_then_to_schema_order():
    tied = answers("crow", "robin", "wren", "crow", "robin")
    assert vote(CHOICE, tied).answer == {"x": "robin"}
    assert vote(CHOICE, tied, commonness={"x": {"crow": 7, "robin": 3}}).answer == {"x": "crow"}
    assert vote(CHOICE, tied, commonness={"x": {"wren": 99}}).answer == {"x": "robin"}
    assert vote(CHOICE, tied).is_tie


@pytest.mark.parametrize("value", ["robin", "crow"])
def test_a_single_label_never_counts_as_agreement(value):
    outcome = vote(CHOICE, answers(value))
    assert outcome.answer == {"x": value}
    assert not outcome.is_unanimous
    assert item_agreement(CHOICE, answers(value)) is None
    assert doubt(outcome, None).codes == ("single_label",)


def test_a_vote_of_nobody_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        vote(CHOICE, [])


def test_most_leaving_it_empty_leaves_it_empty_and_half_does_not():
    assert vote(CHOICE, answers(None, None, "crow")).answer == {}
    half = vote(CHOICE, answers(None, "crow"))
    assert half.answer == {"x": "crow"}
    assert half.is_tie


@pytest.mark.parametrize(
    ("values", "expected", "tie"),
    [
        ([["robin", "crow"], ["robin"], ["robin", "wren"]], ["robin"], False),
        ([["robin", "wren"], ["wren", "robin"]], ["robin", "wren"], False),
        ([["robin", "crow"], ["robin"]], ["robin"], True),
        ([["robin"], ["crow"], ["wren"]], ["robin"], True),
        ([[], [], ["wren"]], None, False),
    ],
)
def test_several_choices_are_voted_option_by_option(values, expected, tie):
    outcome = vote(MULTIPLE, answers(*values))
    assert outcome.answer.get("x") == expected
    assert outcome.is_tie is tie


@pytest.mark.parametrize(
    ("values", "expected", "tie"),
    [
        ([1, 2, 5], 2, False),
        ([2, 2, 5, 5], 2, True),
        ([3, 4, 4, 5], 4, False),
        ([1], 1, False),
        ([2, None], 2, True),
    ],
)
def test_ratings_settle_on_the_median(values, expected, tie):
    outcome = vote(RATING, answers(*values))
    assert (outcome.answer, outcome.is_tie) == ({"x": expected}, tie)


def test_of_two_middle_ratings_the_commoner_wins():
    assert vote(RATING, answers(2, 5), commonness={"x": {5: 10}}).answer == {"x": 5}


def test_a_rating_that_is_no_scale_is_voted():
    nominal = schema_of(type="rating", min=1, max=5, ordinal=False)
    assert vote(nominal, answers(1, 1, 4, 5, 5, 5)).answer == {"x": 5}


def test_boxes_are_merged_and_what_one_person_drew_is_a_dispute():
    outcome = vote(SHAPES, answers([car(0)], [car(5)], [car(60)]))
    assert outcome.answer == {"x": [{"id": "c1", "label": "car", "box": [2.5, 0, 100, 100]}]}
    assert outcome.confidence == pytest.approx(2 / 3)
    assert not outcome.is_tie
    [dispute] = outcome.disputes["x"]
    assert (dispute["kind"], dispute["is_kept"], dispute["absent"]) == ("existence", False, [0, 1])
    assert dispute["candidates"] == [{"source": 2, "id": "a60", "label": "car"}]


def test_two_near_boxes_agree_and_two_far_ones_are_disputed():
    near, far = (
        vote(SHAPES, answers([car(0)], [car(5)])),
        vote(SHAPES, answers([car(0)], [car(90)])),
    )
    assert (near.has_disputes, near.is_unanimous) == (False, True)
    assert (far.has_disputes, far.is_tie, far.is_unanimous) == (True, False, False)


def test_a_dispute_is_never_unanimous():
    """Two boxes at IoU 0.54 are alike enough to be one car, and too far apart to be merged."""
    outcome = vote(SHAPES, answers([car(0)], [car(30)]))
    assert is_unanimous(SHAPES, answers([car(0)], [car(30)]))
    assert [dispute["kind"] for dispute in outcome.disputes["x"]] == ["geometry"]
    assert not outcome.is_unanimous


def test_weights_count_where_objects_are_merged():
    drawn = answers([car(0)], [car(60)], [])
    assert vote(SHAPES, drawn).answer == {}
    assert vote(SHAPES, drawn, weights=[3, 1, 1]).answer["x"][0]["box"] == [0, 0, 100, 100]
    with pytest.raises(ValueError, match="one weight for each"):
        vote(SHAPES, drawn, weights=[1])


def test_texts_settle_on_the_medoid():
    assert vote(TEXT, answers("a robin", "a robbin", "something else")).answer == {"x": "a robbin"}
    assert vote(TEXT, answers("same", "same", "other")).answer == {"x": "same"}


def test_undecidable_wins_with_more_than_half_only():
    dark, blurred = {"_undecidable": "dark"}, {"_undecidable": "blurred"}
    won = vote(CHOICE, [dark, dark, blurred, *answers("crow")])
    assert won.answer == {"_undecidable": "dark"}
    assert won.confidence == 0.75
    half = vote(CHOICE, [dark, *answers("crow")])
    assert half.answer == {"x": "crow"}
    assert half.is_tie
    assert half.confidence == 0.5
    assert vote(CHOICE, [dark, blurred]).is_unanimous


def test_the_weakest_control_gives_the_confidence():
    schema = {
        "controls": [
            {"name": "a", "type": "choice", "options": OPTIONS},
            {"name": "b", "type": "choice", "options": OPTIONS},
        ]
    }
    outcome = vote(
        schema, [{"a": "crow", "b": "crow"}, {"a": "crow", "b": "crow"}, {"a": "crow", "b": "wren"}]
    )
    assert outcome.confidence == pytest.approx(2 / 3)
    assert outcome.controls["a"].confidence == 1


SPAN = st.sampled_from(
    [{"id": "e", "label": "PER", "start": s, "end": e} for s, e in ((0, 3), (0, 5), (7, 9))]
)
CASES = {
    "choice": (CHOICE, st.sampled_from(["robin", "crow", "wren"])),
    "multiple": (MULTIPLE, st.lists(st.sampled_from(["robin", "crow", "wren"]), unique=True)),
    "rating": (RATING, st.integers(1, 5)),
    "text": (TEXT, st.text(st.sampled_from("ab"), min_size=1, max_size=4)),
    "shapes": (SHAPES, st.lists(st.integers(0, 120).map(car), max_size=2)),
    "spans": (SPANS, st.lists(SPAN, max_size=2)),
}


def named(outcome, given_answers):
    """The outcome byte for byte, with the answer itself in place of where it stood."""
    found = [
        {
            **dispute,
            "candidates": sorted(
                (
                    {**candidate, "source": given_answers[candidate["source"]]}
                    for candidate in dispute["candidates"]
                ),
                key=repr,
            ),
            "absent": sorted((given_answers[place] for place in dispute["absent"]), key=repr),
        }
        for disputes in outcome.disputes.values()
        for dispute in disputes
    ]
    return json.dumps([outcome.answer, outcome.confidence, outcome.is_tie, found]), outcome.votes


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_who_answered_first_does_not_matter_and_all_figures_are_shares(name, data):
    schema, values = CASES[name]
    given_answers = data.draw(
        st.lists(st.none() | values, min_size=1, max_size=5).map(lambda drawn: answers(*drawn))
    )
    shuffled = data.draw(st.permutations(given_answers))
    outcome = vote(schema, given_answers)
    # A dispute names the places of answers, which are others after shuffling.
    assert named(vote(schema, shuffled), shuffled) == named(outcome, given_answers)
    agreement = item_agreement(schema, given_answers)
    assert item_agreement(schema, shuffled) == pytest.approx(agreement)
    assert 0 <= outcome.confidence <= 1
    assert agreement is None or -1e-9 <= agreement <= 1
    assert 0 <= doubt(outcome, agreement).score <= 1
    if len(given_answers) > 1 and all(answer == given_answers[0] for answer in given_answers):
        assert outcome.is_unanimous
        assert (outcome.confidence, agreement) == (1, 1)
    if outcome.is_tie or outcome.has_disputes:
        assert not outcome.is_unanimous


@given(st.lists(st.sampled_from(["robin", "crow", "wren"]), min_size=2, max_size=12))
def test_agreement_on_a_single_choice_is_the_share_of_equal_pairs(values):
    n = len(values)
    equal = sum(values.count(value) * (values.count(value) - 1) for value in set(values))
    assert item_agreement(CHOICE, answers(*values)) == pytest.approx(equal / (n * (n - 1)))
    assert is_unanimous(CHOICE, answers(*values)) == (len(set(values)) == 1)


@pytest.mark.parametrize(
    ("schema", "values", "expected"),
    [
        (MULTIPLE, [["robin", "crow"], ["crow"]], 0.5),
        (MULTIPLE, [[], []], 1),
        (RATING, [1, 3], 0.75),
        (RATING, [1, 5], 0),
        (TEXT, ["kitten", "sitting"], 4 / 7),
        (SHAPES, [[car(0)], [car(50)]], 1 / 3),
        (SHAPES, [[], []], 1),
        (SPANS, [[], [{"label": "PER", "start": 0, "end": 2}]], 0),
    ],
)
def test_agreement_of_two_answers_by_kind(schema, values, expected):
    assert agreement_by_control(schema, answers(*values)) == {"x": pytest.approx(expected)}
