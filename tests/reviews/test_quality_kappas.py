"""Kappas and alphas against reference libraries, published examples and plain definitions."""

from itertools import combinations

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from reviews.quality.agreement import report
from reviews.quality.alpha import alpha_by_distance, ratio_distance
from reviews.quality.figure import distinct, figure_of, mean_figure
from reviews.quality.kappas import cohen_kappa, gwet_ac1, positive_agreement, weighted_kappa

PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=20)
UNITS = st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=4), min_size=2, max_size=10)


def triples(units):
    return [(item, who, label) for item, unit in enumerate(units) for who, label in enumerate(unit)]


def reliability_data(units):
    width = max(map(len, units))
    rows = [[*unit, *[np.nan] * (width - len(unit))] for unit in units]
    return np.array(rows, dtype=float).T


def differ(units):
    return len({value for unit in units if len(unit) > 1 for value in unit}) > 1


@settings(max_examples=60)
@given(PAIRS)
def test_weighted_kappa_equals_the_reference_library(pairs):
    ours = weighted_kappa(triples(pairs), order=range(4))
    first, second = zip(*pairs, strict=True)
    if len({*first, *second}) < 2:
        assert ours is None
    else:
        reference = cohen_kappa_score(first, second, labels=range(4), weights="quadratic")
        assert ours == pytest.approx(reference, abs=1e-9)


@settings(max_examples=60)
@given(UNITS, st.sampled_from(["nominal", "interval", "ratio"]))
def test_alpha_by_distance_equals_the_reference_library(units, level):
    distance = {
        "nominal": lambda a, b: float(a != b),
        "interval": lambda a, b: float((a - b) ** 2),
        "ratio": ratio_distance,
    }[level]
    ours = alpha_by_distance(units, distance).value
    if not differ(units):
        assert ours is None
        return
    reference = krippendorff.alpha(
        reliability_data=reliability_data(units), level_of_measurement=level
    )
    assert ours == pytest.approx(reference, abs=1e-9)


@settings(max_examples=50)
@given(UNITS)
def test_gwet_s_figure_follows_its_definition(units):
    ours = gwet_ac1(triples(units), classes=range(1, 6))
    units = [unit for unit in units if len(unit) > 1]
    if not units:
        assert ours is None
        return
    seen = np.mean([np.mean([a == b for a, b in combinations(unit, 2)]) for unit in units])
    shares = [np.mean([unit.count(k) / len(unit) for unit in units]) for k in range(1, 6)]
    chance = sum(share * (1 - share) for share in shares) / 4
    assert ours == pytest.approx((seen - chance) / (1 - chance), abs=1e-9)


def test_gwet_s_figure_of_the_published_example():
    # Gwet 2002: 125 subjects, nearly all in one class; kappa says there is no agreement at all.
    pairs = [(1, 1)] * 118 + [(1, 2)] * 5 + [(2, 1)] * 2
    assert gwet_ac1(triples(pairs)) == pytest.approx(0.9408, abs=5e-5)
    assert cohen_kappa(triples(pairs)) == pytest.approx(-0.0234, abs=5e-5)


def test_with_one_class_of_several_chosen_gwet_s_figure_is_defined():
    assert gwet_ac1(triples([(0, 0)] * 3), classes=(0, 1)) == 1
    assert gwet_ac1(triples([(0, 0)] * 3)) is None


@given(PAIRS)
def test_positive_agreement_of_two_classes_is_2a_over_2a_b_c(pairs):
    pairs = [(min(a, 1), min(b, 1)) for a, b in pairs]
    flat = [label for pair in pairs for label in pair]
    rare = 1 if flat.count(0) >= flat.count(1) else 0
    a = pairs.count((rare, rare))
    apart = sum(first != second for first, second in pairs)
    ours = positive_agreement(triples(pairs))
    if not a + apart:
        assert ours is None
    else:
        assert ours == pytest.approx(2 * a / (2 * a + apart))


def test_a_dominant_class_brings_the_agreement_on_the_others():
    rare = report(triples([(0, 0)] * 45 + [(1, 1)] * 2 + [(0, 1)] * 3))
    assert rare.positive.value == pytest.approx(4 / 7)
    assert rare.positive.interval.low < 4 / 7 < rare.positive.interval.high
    assert report(triples([(0, 0)] * 3 + [(1, 1)] * 2)).positive is None
    assert report(triples([(0, 0)] * 3)).positive is None


@given(st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=1, max_size=12))
def test_equal_rows_are_put_together_and_counted(rows):
    rows = np.array(rows)
    different, times = distinct(rows)
    assert len(np.unique(different, axis=0)) == len(different)
    assert sorted(np.repeat(different, times, axis=0).tolist()) == sorted(rows.tolist())


def test_rows_too_wide_for_one_number_are_put_together_too():
    rows = np.zeros((3, 80), dtype=int)
    rows[2, 7] = 39
    different, times = distinct(rows)
    assert (len(different), times.tolist()) == (2, [2, 1])


def test_the_interval_is_that_of_items_drawn_one_by_one():
    # Two columns for 400 items are drawn as columns; 400 different ones as items.
    together = mean_figure([1.0] * 300 + [0.0] * 100)
    values = np.array([1.0] * 300 + [0.0] * 100)
    alone = figure_of(lambda drawn: drawn @ values / drawn.sum(axis=1), np.ones(400, dtype=int))
    assert together.value == alone.value == 0.75
    assert together.interval.low == pytest.approx(alone.interval.low, abs=0.01)
    assert together.interval.high == pytest.approx(alone.interval.high, abs=0.01)


@settings(max_examples=50)
@given(UNITS, st.randoms(use_true_random=False))
def test_neither_the_order_of_items_nor_of_people_matters(units, random):
    shuffled = [random.sample(unit, len(unit)) for unit in random.sample(units, len(units))]
    for figure in (gwet_ac1, positive_agreement):
        assert figure(triples(shuffled)) == pytest.approx(figure(triples(units)))
    first, second = (alpha_by_distance(u, ratio_distance) for u in (units, shuffled))
    assert (first.value, first.n) == (pytest.approx(second.value), second.n)
