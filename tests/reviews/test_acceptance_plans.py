"""Plans of acceptance: against the published table, against brute force, and in simulated lots."""

import os
import random
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.quality.acceptance import (
    Plan,
    Terms,
    acceptance,
    find_plan,
    least_wrong,
    most_wrong,
    reduced_plan,
    verdict,
)
from reviews.quality.stratified_draw import draw

pytestmark = pytest.mark.once
SOAK = bool(os.environ.get("LABELOPS_SOAK"))
LOTS = 20_000 if SOAK else 600


@pytest.mark.parametrize(
    ("size", "plans"),
    [
        (200, [(89, 2), (73, 3), (71, 4), (35, 1)]),
        (500, [(123, 3), (94, 4), (87, 5), (37, 1)]),
        (1_000, [(128, 3), (96, 4), (89, 5), (37, 1)]),
        (5_000, [(131, 3), (98, 4), (103, 6), (52, 2)]),
    ],
)
def test_plans_of_usual_lots(size, plans):
    rates = [(0.01, 0.05), (0.02, 0.08), (0.03, 0.10), (0.01, 0.10)]
    assert [find_plan(Terms(size, *pair)) for pair in rates] == [Plan(*plan) for plan in plans]


@pytest.mark.parametrize(("ltpd", "least", "most"), [(0.05, 43, 45), (0.02, 102, 113)])
def test_critical_mistakes_allow_none_in_the_sample(ltpd, least, most):
    plans = [find_plan(Terms(size, 0, ltpd)) for size in (500, 1_000, 5_000)]
    assert {plan.c for plan in plans} == {0}
    assert (plans[0].n, plans[-1].n) == (least, most)


def test_a_lot_of_a_million_has_a_plan_even_where_the_rates_are_close():
    terms = Terms(1_000_000, 0.04, 0.05)
    plan = find_plan(terms)
    assert acceptance(terms.size, 40_000, plan) >= 0.95
    assert acceptance(terms.size, 50_000, plan) <= 0.10
    assert acceptance(terms.size, 50_000, Plan(plan.n - 1, plan.c)) > 0.10


def test_rates_in_the_wrong_order_have_no_plan():
    for aql, ltpd in ((0.05, 0.05), (0.06, 0.05), (-0.01, 0.05), (0.5, 1.1)):
        with pytest.raises(ValueError, match="above"):
            find_plan(Terms(100, aql, ltpd))


def chance(size, wrong, n, c):
    """P(at most c wrong in n), by counting samples."""
    ways = sum(comb(wrong, d) * comb(size - wrong, n - d) for d in range(c + 1) if n >= d)
    return ways / comb(size, n)


@given(st.integers(1, 60), st.integers(0, 30), st.integers(1, 60))
def test_the_plan_is_the_smallest_that_keeps_both_risks(size, good, gap):
    good, bad = min(good, size - 1), min(min(good, size - 1) + gap, size)
    terms = Terms(size, good / size, bad / size)
    assert (terms.most_good, terms.least_bad) == (good, bad)

    def keeps(n, c):
        return chance(size, good, n, c) >= 0.95 and chance(size, bad, n, c) <= 0.10

    first = next((n, c) for n in range(1, size + 1) for c in range(n + 1) if keeps(n, c))
    assert find_plan(terms) == Plan(*first)


@given(st.data())
def test_the_bounds_are_the_last_numbers_that_are_not_refuted(data):
    size = data.draw(st.integers(1, 50))
    n = data.draw(st.integers(1, size))
    wrong = data.draw(st.integers(0, n))
    possible = range(wrong, size - (n - wrong) + 1)
    at_most = [chance(size, total, n, wrong) for total in possible]
    at_least = [1 - chance(size, total, n, wrong - 1) if wrong else 1.0 for total in possible]
    most = [total for total, p in zip(possible, at_most, strict=True) if p > 0.05 + 1e-12]
    least = [total for total, p in zip(possible, at_least, strict=True) if p > 0.05 + 1e-12]
    assert (most_wrong(size, n, wrong), least_wrong(size, n, wrong)) == (most[-1], least[0])


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_a_lot_ends_exactly_when_the_rest_cannot_change_it(c, wrong, unseen):
    ends = {wrong + more > c for more in range(unseen + 1)}
    found = verdict(Plan(wrong + unseen + 1, c), wrong=wrong, unseen=unseen)
    assert (found is None) == (len(ends) == 2)
    if found:
        assert (found == "rejected") == (ends == {True})


@given(
    st.dictionaries(st.integers(0, 30), st.integers(1, 40), min_size=1),
    st.floats(0, 1),
    st.integers(0, 2**32 - 1),
)
def test_every_stratum_gets_its_share_rounded_down_or_up(sizes, share, seed):
    strata = {name: [name * 1_000 + number for number in range(sizes[name])] for name in sizes}
    total = sum(sizes.values())
    n = round(share * total)
    drawn = draw(strata, n, seed=seed)
    assert len({thing for thing, _name in drawn}) == n
    for name, size in sizes.items():
        count = sum(found == name for _thing, found in drawn)
        assert abs(count - n * size / total) < 1
    assert all(thing in strata[name] for thing, name in drawn)
    assert drawn == draw(strata, n, seed=seed)


def test_a_single_item_of_a_rare_class_is_drawn_as_often_as_any_other():
    strata = {"common": range(100, 190), **{name: [name] for name in range(10)}}
    counts = dict.fromkeys([*range(10), *range(100, 190)], 0)
    for seed in range(LOTS):
        for thing, _name in draw(strata, 20, seed=seed):
            counts[thing] += 1
    # Each is drawn with 0.2; five standard errors on either side.
    error = 5 * (0.2 * 0.8 / LOTS) ** 0.5
    assert all(abs(count / LOTS - 0.2) < error for count in counts.values())


@pytest.mark.parametrize("is_in_one_hand", [False, True])
def test_in_simulated_lots_both_risks_are_kept(is_in_one_hand):
    """1,000 labels by twenty people; the wrong ones anywhere, or all by two of them."""
    terms = Terms(1_000, 0.01, 0.05)
    plan = find_plan(terms)
    dice = random.Random(7)
    people = {name: range(50 * name, 50 * name + 50) for name in range(20)}

    def accepted(wrong_count):
        count = 0
        for seed in range(LOTS):
            pool = range(100) if is_in_one_hand else range(1_000)
            wrong = set(dice.sample(pool, wrong_count))
            found = sum(thing in wrong for thing, _name in draw(people, plan.n, seed=seed))
            count += found <= plan.c
        return count / LOTS

    error = 3 * (0.1 * 0.9 / LOTS) ** 0.5
    assert accepted(terms.most_good) >= 1 - terms.producer_risk - error
    assert accepted(terms.least_bad) <= terms.consumer_risk + error


def test_the_upper_bound_holds_in_simulated_lots():
    dice = random.Random(3)
    held = 0
    bound = [most_wrong(400, 80, d) for d in range(61)]
    for _lot in range(LOTS):
        wrong = dice.randrange(0, 60)
        d = sum(number < wrong for number in dice.sample(range(400), 80))
        held += bound[d] >= wrong
    assert held / LOTS >= 0.95 - 3 * (0.05 * 0.95 / LOTS) ** 0.5


def test_a_reduced_sample_still_accepts_what_is_good():
    terms = Terms(1_000, 0.01, 0.05)
    plan = reduced_plan(terms)
    assert plan == Plan(52, 2)
    assert acceptance(1_000, terms.most_good, plan) >= 0.95
    assert acceptance(1_000, terms.most_good, Plan(plan.n, plan.c - 1)) < 0.95
