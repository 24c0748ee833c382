"""Who gets an item, by what a model says of it and by what it may do."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.quality.routing import NEAR, NOVEL, Allowed, Said, Way, route

pytestmark = pytest.mark.once

shares = st.floats(0, 1)
saids = st.builds(
    Said,
    label=st.sampled_from(["robin", "wren"]),
    score=st.none() | shares,
    novelty=st.none() | shares,
    former=st.sampled_from(["", "robin", "wren"]),
    is_trained_on=st.booleans(),
)
alloweds = st.builds(
    Allowed,
    level=st.integers(0, 4),
    cut=st.none() | shares,
    audit_share=shares,
    overlap=st.integers(1, 5),
)
dice = st.floats(0, 1, exclude_max=True)


@settings(max_examples=50)
@given(saids, alloweds, dice)
def test_nobody_answers_alone_without_a_proof(said, allowed, dice):
    found = route(said, allowed, dice)
    assert found.reasons
    if found.way in (Way.MODEL, Way.AUDIT):
        assert allowed.level == 4
        assert (said.score or 0) >= allowed.cut
        assert (found.way == Way.AUDIT) == (dice < allowed.audit_share)
        assert said.former in ("", said.label)
        assert not said.is_trained_on
        assert (said.novelty or 0) <= NOVEL
    if found.way == Way.SECOND:
        assert allowed.level >= 3
        assert allowed.overlap > 1
    if found.way == Way.EXPERT:
        assert allowed.overlap == 1


@settings(max_examples=50)
@given(saids, alloweds, dice, shares)
def test_a_surer_model_is_never_trusted_less(said, allowed, dice, more):
    surer = dataclasses.replace(said, score=max(said.score or 0, more))
    before, after = route(said, allowed, dice), route(surer, allowed, dice)
    if before.way in (Way.MODEL, Way.AUDIT):
        assert after.way == before.way


@settings(max_examples=50)
@given(saids, alloweds, dice)
def test_a_certificate_taken_away_leaves_the_work_to_people(said, allowed, dice):
    without = dataclasses.replace(allowed, level=2, cut=None)
    assert route(said, without, dice).way in (Way.PEOPLE, Way.EXPERT)


def test_the_share_that_is_audited_is_drawn_by_the_dice():
    allowed = Allowed(level=4, cut=0.5, audit_share=0.1)
    ways = [route(Said("wren", 0.9), allowed, place / 1000).way for place in range(1000)]
    assert ways.count(Way.AUDIT) == 100


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (None, "no_prediction"),
        (Said("wren", 0.9), "certain"),
        (Said("wren", 0.9 - NEAR / 2), "near_cut"),
        (Said("wren", 0.5), "unsure"),
        (Said("wren", None), "unsure"),
        (Said("wren", 0.99, former="robin"), "versions_differ"),
        (Said("wren", 0.99, novelty=0.995), "novel"),
        (Said("wren", 0.99, is_trained_on=True), "taught_it"),
    ],
)
def test_the_first_reason_says_what_decided(said, code):
    assert route(said, Allowed(level=4, cut=0.9, audit_share=0), 0.5).reasons[0].code == code
