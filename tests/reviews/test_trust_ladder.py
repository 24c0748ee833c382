"""The ladder and the alarm: their laws, and the chances that they promise."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.trust import measure
from reviews.quality import alarm
from reviews.quality.trust import (
    LEVELS,
    LOOKS,
    Outcome,
    chance,
    critical_window,
    gap,
    look,
    lower_bound,
    next_level,
    review_percent,
    right_needed,
    upper_bound,
)

pytestmark = pytest.mark.once
IS_LONG = bool(os.environ.get("LABELOPS_SOAK"))
checked = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.integers(0, len(LEVELS) - 1)
CLIMBING = [level for level in range(len(LEVELS)) if next_level(level)]
FALLING = [level for level in range(len(LEVELS)) if LEVELS[level].leave]


@given(checked)
def test_the_bounds_enclose_the_share_and_mirror_each_other(figures):
    right, n = figures
    assert 0 <= lower_bound(right, n) <= right / n <= upper_bound(right, n) <= 1
    assert lower_bound(right, n) == pytest.approx(1 - upper_bound(n - right, n))


@given(levels, checked)
def test_one_more_right_answer_never_says_something_worse(level, figures):
    right, n = figures
    worst_first = [Outcome.DEMOTE, Outcome.UNCERTAIN, Outcome.HOLD, Outcome.PROMOTE]
    said = [look(level, count, n) for count in (right, min(n, right + 1))]
    assert worst_first.index(said[0]) <= worst_first.index(said[1])


@given(levels, checked)
def test_who_fills_the_gap_is_promoted_and_who_misses_it_by_one_is_not(level, figures):
    right, n = figures
    missing = gap(level, right, n)
    if missing is None:
        return
    at = n + missing.of_next
    assert at in LOOKS
    assert 0 <= missing.right <= missing.of_next
    assert look(level, right + missing.right, at) == Outcome.PROMOTE
    if missing.right:
        assert look(level, right + missing.right - 1, at) != Outcome.PROMOTE


@given(st.lists(st.booleans(), max_size=120))
def test_the_sum_is_never_negative_and_an_alarm_is_where_it_first_reaches_the_bound(answers):
    place, score = alarm.first_alarm(answers)
    assert score >= 0
    assert (place is None) == (score < alarm.bound())
    if place:
        assert not answers[place - 1]
        assert alarm.first_alarm(answers[: place - 1]) == (None, score - alarm.WRONG_STEP)


def test_the_table_is_a_ladder():
    entered = [found.enter.lower for found in LEVELS if found.enter]
    assert entered == sorted(entered) == [0.80, 0.87, 0.90]
    rates = [found.review_percent for found in LEVELS]
    assert rates == sorted(rates, reverse=True)
    # Whoever has just shown enough for a level is not below what it asks for.
    for level in CLIMBING:
        above = next_level(level)
        for n in LOOKS:
            needed = right_needed(LEVELS[above].enter, n)
            assert needed is None or look(above, needed, n) != Outcome.DEMOTE


def test_a_notch_checks_as_much_as_the_level_below():
    assert [review_percent(level, 0) for level in range(6)] == [100, 100, 30, 10, 5, 5]
    assert [review_percent(level, 1) for level in range(6)] == [100, 100, 100, 30, 10, 5]


@pytest.mark.parametrize("level", CLIMBING)
def test_somebody_exactly_at_the_bar_is_promoted_in_at_most_one_series_of_twenty(level):
    at_the_bar = LEVELS[next_level(level)].enter.lower
    assert 0.005 < chance(Outcome.PROMOTE, level, at_the_bar) <= 0.05
    assert chance(Outcome.PROMOTE, level, 0.97) > 0.9


@pytest.mark.parametrize("level", FALLING)
def test_somebody_exactly_at_the_bar_is_demoted_in_at_most_one_series_of_twenty(level):
    assert 0.005 < chance(Outcome.DEMOTE, level, LEVELS[level].leave) <= 0.05


def test_few_answers_suspend_nobody_and_many_bad_ones_do():
    assert critical_window([False] * 19) is None
    assert critical_window([False] * 20) == 20
    # Half of mistakes shows in sixty answers, not in twenty.
    assert critical_window([True, False] * 10) is None
    assert critical_window([True, False] * 30) == 60


def test_the_bound_keeps_its_promise_and_a_lower_one_would_not():
    assert alarm.chance_within(200, 0.95) <= 0.05
    assert alarm.chance_within(200, 0.95, limit=alarm.bound() - 1) > 0.05
    assert alarm.answers_until(0.5, 0.75) <= 20
    assert alarm.answers_until(0.99, 0.75) <= 70
    assert alarm.run_length(0.95) > 4_000


@settings(deadline=None)
@given(st.floats(0.5, 0.99))
def test_the_less_somebody_is_right_the_sooner_the_alarm(accuracy):
    assert alarm.run_length(accuracy) < alarm.run_length(accuracy + 0.005)


def test_simulated_people_meet_every_bar():
    figures = measure(20_000 if IS_LONG else 1_000, seed=7)
    if IS_LONG:
        print(figures)
    assert figures["caught_at_75"]["median"] <= 20
    assert figures["caught_at_75"]["99_percent_within"] <= 80
    assert figures["flagged_at_95_within_200"] <= 0.055
    shares = [
        row[name]
        for row in figures["series"]
        for name in ("promoted_at_bar", "demoted_at_bar")
        if name in row
    ]
    assert len(shares) == 6
    assert max(shares) <= 0.05
