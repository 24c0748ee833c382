"""Figures from sums, certainty from votes, and weighted middles: laws, and other ways to count."""

import math
import random
from itertools import product

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from labelops.intervals import wilson
from reviews.quality.bisection import largest, smallest
from reviews.quality.judgement import expected_cost
from reviews.quality.mistakes import Mistake, most_repeated, worst_pair
from reviews.quality.posterior import accuracy, posterior
from reviews.quality.rollup_figures import mean, nominal_alpha
from reviews.quality.weights import (
    voting_weight,
    weighted_lower_median,
    weighted_median,
    weighted_vote,
)

CLASSES = ("a", "b", "c")
votes = st.lists(st.tuples(st.sampled_from(CLASSES), st.floats(0.05, 0.95)), max_size=6)
weighed = st.lists(
    st.tuples(st.integers(-9, 9), st.sampled_from([0.5, 1.0, 2.0])), min_size=1, max_size=8
)
tables = st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=1, max_size=8)


@given(votes)
def test_certainty_is_bayes_over_all_that_could_be_true(said):
    found = posterior(said, CLASSES)
    likely = {
        true: math.prod(q if name == true else (1 - q) / 2 for name, q in said) for true in CLASSES
    }
    for name in CLASSES:
        assert found[name] == pytest.approx(likely[name] / sum(likely.values()))
    assert posterior(said[::-1], CLASSES) == pytest.approx(found)
    assert posterior([*said, ("a", 1 / 3)], CLASSES) == pytest.approx(found)


@given(st.integers(0, 200), st.integers(0, 200))
def test_an_accuracy_is_never_certain(right, wrong):
    assert 0 < accuracy(right, right + wrong) < 1


@given(tables, st.integers(1, 4))
def test_alpha_from_sums_equals_the_reference_library(items, group_count):
    counts = np.array([item for item in items if sum(item) > 1]).reshape(-1, 3)
    assume((counts.sum(axis=0) > 0).sum() > 1)
    n = counts.sum(axis=1)
    groups = np.arange(len(counts)) % group_count
    pairable, coincident = np.zeros((group_count, 3)), np.zeros((group_count, 3))
    np.add.at(pairable, groups, counts)
    np.add.at(coincident, groups, counts * (counts - 1) / (n - 1)[:, None])
    found = nominal_alpha(pairable, coincident, np.bincount(groups, minlength=group_count))
    expected = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
    assert found.value == pytest.approx(expected, abs=1e-9)
    assert found.n == len(counts)
    if found.interval:
        assert -1 <= found.interval.low <= found.interval.high <= 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_a_mean_from_sums_lies_within_its_interval(values):
    found = mean(sum(values), sum(value**2 for value in values), len(values))
    assert found.value == pytest.approx(np.mean(values), abs=1e-9)
    assert found.interval.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.interval.high


@given(st.integers(0, 20), st.integers(0, 20))
def test_a_mean_of_rights_and_wrongs_is_a_share(right, wrong):
    assume(right + wrong)
    found, share = mean(right, right, right + wrong), wilson(right, right + wrong)
    assert found.interval.low == pytest.approx(share.low)
    assert found.interval.high == pytest.approx(share.high)


@given(weighed, st.randoms(use_true_random=False))
def test_a_weighted_middle_depends_neither_on_the_order_nor_on_the_unit_of_weights(pairs, dice):
    values, weights = zip(*pairs, strict=True)
    shuffled = random.Random(dice.random()).sample(pairs, len(pairs))
    others, heavier = zip(*[(value, 8 * weight) for value, weight in shuffled], strict=True)
    assert weighted_median(values, weights) == weighted_median(others, heavier)
    assert weighted_lower_median(values, weights) in values
    assert min(values) <= weighted_median(values, weights) <= max(values)


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=9).filter(lambda found: len(found) % 2))
def test_of_equal_voices_the_weighted_median_is_the_median(values):
    assert weighted_median(values, [1.0] * len(values)) == np.median(values)


@given(weighed)
def test_a_weighted_vote_has_the_largest_share(pairs):
    values, weights = zip(*pairs, strict=True)
    winner, share = weighted_vote(values, weights)
    totals = {
        value: sum(weight for other, weight in pairs if other == value) for value in set(values)
    }
    assert totals[winner] == max(totals.values())
    assert share == pytest.approx(totals[winner] / sum(weights))


@given(st.floats(0, 1), st.floats(0, 1), st.integers(2, 20))
def test_who_is_right_more_often_never_weighs_less(first, second, classes):
    low, high = sorted((first, second))
    assert voting_weight(low, classes) <= voting_weight(high, classes)


@given(st.lists(st.floats(0.01, 1), min_size=3, max_size=3))
def test_where_every_mistake_costs_the_same_the_risk_is_the_chance_to_be_wrong(parts):
    belief = {name: part / sum(parts) for name, part in zip(CLASSES, parts, strict=True)}
    control = {"name": "bird", "type": "choice", "multiple": False}
    assert expected_cost(control, belief, "b", {}) == pytest.approx(1 - belief["b"])
    assert expected_cost(control, belief, "b", dict.fromkeys(CLASSES, 3)) == pytest.approx(
        3 * (1 - belief["b"])
    )


def test_a_condition_is_followed_to_where_it_turns():
    for low, turn, high in product(range(3), range(12), range(3, 12)):
        if low <= turn <= high:
            assert smallest(lambda n, turn=turn: n >= turn, low, high) == turn
            assert largest(lambda n, turn=turn: n <= turn, low, high) == turn


@given(st.lists(st.tuples(st.sampled_from(CLASSES), st.sampled_from(CLASSES)), max_size=20))
def test_the_worst_pair_counts_both_ways(made):
    mistakes = [Mistake("bird", given, right) for given, right in made if given != right]
    found = worst_pair(mistakes, least=1)
    assert (found is None) == (not mistakes)
    if found:
        counts = [sum(other.classes == one.classes for other in mistakes) for one in mistakes]
        assert found.count == max(counts)
        own = [one for one in mistakes if one.classes == found.classes]
        assert found.leading == most_repeated(own, least=1)[0]
