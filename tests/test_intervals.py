import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.proportion import proportion_confint

from labelops.intervals import bootstrap, clopper_pearson, wilson

COUNTS = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, st.sampled_from([0.9, 0.95, 0.99]))
def test_intervals_of_shares_equal_the_reference_library(counts, level):
    for ours, method in ((wilson, "wilson"), (clopper_pearson, "beta")):
        interval = ours(*counts, level=level)
        low, high = proportion_confint(*counts, alpha=1 - level, method=method)
        assert interval.low == pytest.approx(low, abs=1e-9)
        assert interval.high == pytest.approx(high, abs=1e-9)
        assert 0 <= interval.low <= counts[0] / counts[1] <= interval.high <= 1


def test_ten_right_of_ten_leave_room_for_doubt():
    assert wilson(10, 10).low == pytest.approx(0.7225, abs=1e-4)
    assert clopper_pearson(0, 100).high == pytest.approx(0.0362, abs=1e-4)


def test_nothing_seen_is_no_interval():
    assert wilson(0, 0) is None
    assert clopper_pearson(0, 0) is None


def test_the_exact_interval_covers_at_least_as_often_as_it_says():
    for share in (0.02, 0.1, 0.5, 0.87):
        intervals = [clopper_pearson(k, 40) for k in range(41)]
        covered = sum(
            binom.pmf(k, 40, share)
            for k, made in enumerate(intervals)
            if made.low <= share <= made.high
        )
        assert covered >= 0.95


def test_the_bootstrap_of_a_mean_is_near_the_textbook_interval():
    values = np.random.default_rng(3).normal(10, 2, 400)
    interval = bootstrap(lambda drawn: drawn @ values / 400, 400, resamples=4000)
    half = 1.96 * values.std() / 20
    assert interval.low == pytest.approx(values.mean() - half, abs=0.03)
    assert interval.high == pytest.approx(values.mean() + half, abs=0.03)


def test_every_resample_draws_as_many_items_as_there_are():
    seen = []
    bootstrap(lambda drawn: seen.append(drawn) or np.zeros(len(drawn)), 3000, resamples=1001)
    drawn = np.vstack(seen)
    assert drawn.shape == (1001, 3000)
    assert (drawn.sum(axis=1) == 3000).all()


def test_one_item_or_a_figure_never_defined_is_no_interval():
    assert bootstrap(lambda drawn: drawn.sum(axis=1), 1) is None
    assert bootstrap(lambda drawn: np.full(len(drawn), np.nan), 10) is None
