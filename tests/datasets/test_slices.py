"""The slice finder on made worlds: what is planted is found, and nothing where nothing is."""

from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import hypergeom

from datasets.analysis.conditions import all_hold, read_conditions
from datasets.analysis.predicates import Predicate, predicates_of
from datasets.analysis.slice_candidates import upper_tails
from datasets.analysis.slices import find_slices, first_half

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


def test_a_planted_pair_is_named_once_and_measured_where_it_was_not_suggested():
    columns = made_columns(2)
    predicates = all_predicates(columns)
    chance = np.random.default_rng(2)
    foggy, narrow = (
        np.array(columns[name]) == value for name, value in (("data.sky", "fog"), ("width", 640))
    )
    failed = chance.random(COUNT) < np.where(foggy & narrow, 0.6, 0.15)
    suggests = first_half(KEYS)
    findings = find_slices(predicates, failed, suggests)
    (found,) = findings.slices
    assert findings.tried_count > len(predicates)
    assert {condition.field for condition in found.conditions} == {"data.sky", "width"}
    assert (found.mask == (foggy & narrow)).all()
    confirms = ~suggests
    assert found.n == (found.mask & confirms).sum()
    assert found.failed == (found.mask & confirms & failed).sum()
    assert found.n + found.n_elsewhere == confirms.sum()
    assert 0.45 < found.rate < 0.75
    assert found.failed_elsewhere < 0.2 * found.n_elsewhere
    place = int(np.flatnonzero(found.mask)[0])
    values = {name: column[place] for name, column in columns.items()}
    assert all_hold(found.conditions, values)
    # A condition alone is told alone, and what costs more leads.
    failed |= (np.array(columns["data.sky"]) == "rain") & (chance.random(COUNT) < 0.5)
    both = find_slices(predicates, failed, suggests).slices
    assert [condition.values for condition in both[0].conditions] == [("rain",)]
    assert (both[1].mask == found.mask).all()
    heavy = np.where(foggy, 50.0, 1.0)
    heaviest = find_slices(predicates, failed, suggests, severity=heavy).slices[0]
    assert (heaviest.mask == found.mask).all()


def test_where_nothing_is_planted_nearly_nothing_is_found():
    predicates, suggests = all_predicates(made_columns(3)), first_half(KEYS)
    draws = np.random.default_rng(3).random((20, COUNT)) < 0.15
    found = [bool(find_slices(predicates, failed, suggests).slices) for failed in draws]
    assert sum(found) <= 3


def test_what_cannot_be_looked_at_finds_nothing():
    none, half = np.zeros(50, dtype=bool), first_half(np.arange(50))
    predicates = predicates_of("data.a", ["x"] * 25 + ["y"] * 25)
    assert len(predicates) == 2
    alike = [Predicate(predicates[0].condition, ~none)]
    for given, failed, suggests in (
        ([], half, half),
        (predicates, none, half),
        (predicates, ~none, half),
        (predicates, half, half),
        (predicates, half, none),
        (alike, predicates[0].mask, half),
    ):
        assert find_slices(given, failed, suggests).slices == []
    assert predicates_of("data.a", [None] * 30 + [{}] * 30)[0].condition.operator == "missing"
