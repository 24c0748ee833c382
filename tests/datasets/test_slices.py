"""The slice finder on made worlds: what is planted is found, and nothing where nothing is."""

from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import binom, hypergeom

from datasets.analysis.conditions import all_hold, read_conditions
from datasets.analysis.picked_rates import picked_rate
from datasets.analysis.predicates import Predicate, predicates_of
from datasets.analysis.slice_candidates import upper_tails
from datasets.analysis.slices import find_slices

pytestmark = pytest.mark.once
COUNT = 4_000
KEYS = np.arange(COUNT)


def made_columns(seed):
    chance = np.random.default_rng(seed)
    days = [
        (date(2026, 1, 1) + timedelta(int(n))).isoformat() for n in chance.integers(90, size=COUNT)
    ]
    return {
        "data.sky": chance.choice(["clear", "rain", "fog"], COUNT, p=[0.7, 0.2, 0.1]).tolist(),
        # As CSV has it.
        "data.speed": [str(n) for n in chance.normal(50, 20, COUNT).round(1)],
        "width": chance.choice([640, 1280, 1920], COUNT).tolist(),
        "data.wet": [None if n < 0.3 else bool(n < 0.5) for n in chance.random(COUNT)],
        "imported": days,
        "data.same": ["always"] * COUNT,
        "data.id": [f"row {n}" for n in KEYS],
    }


def all_predicates(columns):
    return [each for field, values in columns.items() for each in predicates_of(field, values)]


def test_each_predicate_holds_for_the_items_of_its_mask():
    columns = made_columns(0)
    predicates = all_predicates(columns)
    fields = {each.condition.field for each in predicates}
    assert fields == {"data.sky", "data.speed", "width", "data.wet", "imported"}
    for each in predicates:
        values = columns[each.condition.field]
        assert [each.condition.holds(value) for value in values] == each.mask.tolist()
        # What is found can be saved as it is.
        assert read_conditions([each.condition.as_json()], facts={"width", "imported"})
    operators = {
        each.condition.operator for each in predicates if each.condition.field == "imported"
    }
    assert operators == {"below", "at_least"}


def test_the_tails_are_those_of_fishers_exact_test():
    chance = np.random.default_rng(1)
    n = chance.integers(1, 400, 300)
    failed = np.minimum(n, chance.binomial(n, 0.3) + chance.integers(-3, 4, 300)).clip(0)
    tails = upper_tails(failed, n, 200, 1000)
    wanted = np.where(failed * 1000 > n * 200, hypergeom.sf(failed - 1, 1000, 200, n), 1.0)
    np.testing.assert_allclose(tails, wanted, rtol=1e-8)


def test_the_interval_of_what_was_picked_holds_in_95_of_100_cases_that_are_shown():
    n, needed, least = 60, 15, 0.1
    counts = range(needed, n + 1)
    shown = {k: picked_rate(k, n, needed=needed, least=least) for k in counts}
    for truth in (0.1, 0.15, 0.25, 0.5, 0.8):
        chances = binom.pmf(list(counts), n, truth) / binom.sf(needed - 1, n, truth)
        holds = [rate.interval.low <= truth <= rate.interval.high for rate in shown.values()]
        assert chances @ holds > 0.95
        above = [rate.value > truth for rate in shown.values()]
        assert truth == least or 0.35 < chances @ above < 0.6
    # What all of them fail in was not picked by luck.
    assert shown[60].interval.high == 1
    assert shown[40].value == pytest.approx(40 / 60, abs=0.001)


def test_a_planted_pair_is_named_once_with_its_counts_and_what_to_expect():
    columns = made_columns(2)
    # Whoever is narrow is C1, and only they.
    columns["data.camera"] = [f"C{width == 640:d}" for width in columns["width"]]
    predicates = all_predicates(columns)
    chance = np.random.default_rng(2)
    foggy, narrow = (
        np.array(columns[name]) == value for name, value in (("data.sky", "fog"), ("width", 640))
    )
    failed = chance.random(COUNT) < np.where(foggy & narrow, 0.6, 0.15)
    findings = find_slices(predicates, failed)
    (found,) = findings.slices
    assert findings.tried_count > len(predicates)
    assert {condition.field for condition in found.conditions} == {"data.sky", "width"}
    assert [(twin.field, *twin.values) for twin in found.twins] == [("data.camera", "C1")]
    assert (found.mask == (foggy & narrow)).all()
    assert (found.n, found.failed) == (found.mask.sum(), (found.mask & failed).sum())
    assert found.n + found.n_elsewhere == COUNT
    assert found.failed + found.failed_elsewhere == failed.sum()
    expected = found.rate
    assert 0.4 < expected.interval.low < expected.value < expected.interval.high < 0.75
    assert expected.value <= found.failed / found.n + 0.01
    place = int(np.flatnonzero(found.mask)[0])
    values = {name: column[place] for name, column in columns.items()}
    assert all_hold([*found.conditions, *found.twins], values)
    # A condition alone is told alone, and what costs more leads.
    failed |= (np.array(columns["data.sky"]) == "rain") & (chance.random(COUNT) < 0.5)
    both = find_slices(predicates, failed).slices
    assert [condition.values for condition in both[0].conditions] == [("rain",)]
    assert (both[1].mask == found.mask).all()
    heavy = np.where(foggy, 50.0, 1.0)
    heaviest = find_slices(predicates, failed, severity=heavy).slices[0]
    assert (heaviest.mask == found.mask).all()


def test_a_slice_beside_a_worse_one_is_held_against_what_that_leaves():
    columns = {name: made_columns(4)[name] for name in ("data.sky", "width")}
    narrow, wide, rainy = (
        np.array(columns[name]) == value
        for name, value in (("width", 640), ("width", 1920), ("data.sky", "rain"))
    )
    rates = np.where(narrow, 0.7, np.where(wide & rainy, 0.2, 0.05))
    failed = np.random.default_rng(4).random(COUNT) < rates
    worst, weaker = find_slices(all_predicates(columns), failed).slices
    assert ((worst.mask == narrow).all(), (weaker.mask == (wide & rainy)).all()) == (True, True)
    # Fewer fail in it than in all the others together.
    assert weaker.failed / weaker.n < failed[~weaker.mask].mean()
    assert weaker.failed_elsewhere / weaker.n_elsewhere < 0.07
    assert weaker.n_elsewhere == (~narrow & ~weaker.mask).sum()
    assert 0.1 < weaker.rate.interval.low < 0.2 < weaker.rate.interval.high < 0.3


def test_where_nothing_is_planted_nearly_nothing_is_found():
    columns = {name: made_columns(3)[name][::2] for name in ("data.sky", "data.wet", "imported")}
    predicates = all_predicates(columns)
    draws = np.random.default_rng(3).random((20, COUNT // 2)) < 0.15
    found = [bool(find_slices(predicates, failed).slices) for failed in draws]
    # With a chance of 0.08 each, more than 5 of 20 come once in 250 times.
    assert sum(found) <= 5
    # Where most fail, what does not is counted.
    assert len(find_slices(predicates, ~draws[0]).slices) <= 1


def test_what_cannot_be_looked_at_finds_nothing():
    none, half = np.zeros(50, dtype=bool), np.arange(50) % 3 == 0
    predicates = predicates_of("data.a", ["x"] * 25 + ["y"] * 25)
    assert len(predicates) == 2
    alike = [Predicate(predicates[0].condition, ~none)]
    for given, failed in (
        ([], half),
        (predicates, none),
        (predicates, ~none),
        (predicates, half),
        (alike, half),
    ):
        assert find_slices(given, failed).slices == []
    assert predicates_of("data.a", [None] * 30 + [{}] * 30)[0].condition.operator == "missing"
    # What fails in all of one part leaves nothing to compare with.
    (found,) = find_slices(predicates, predicates[0].mask).slices
    assert (found.failed, found.n, found.failed_elsewhere) == (25, 25, 0)
