"""The interval of the error rate holds the truth as often as it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from reviews.quality.error_rate import Stratum, error_rate, finite_interval

SAMPLES = 1_000


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.2, 0.3])
@pytest.mark.parametrize(("size", "n"), [(1_000, 200), (5_000, 200), (20_000, 400)])
def test_an_interval_of_95_percent_covers_about_95_percent(size, n, rate):
    wrong = round(rate * size)
    drawn = np.random.default_rng(17).hypergeometric(wrong, size - wrong, n, SAMPLES)
    intervals = {count: finite_interval(int(count), n, size) for count in set(drawn.tolist())}
    covered = sum(intervals[count].low <= rate <= intervals[count].high for count in drawn.tolist())
    assert 0.93 <= covered / SAMPLES <= 0.97


def test_batches_that_were_sampled_unequally_count_by_their_size():
    found = error_rate([Stratum(10, 100, 9_000), Stratum(50, 100, 1_000), Stratum(0, 0, 5_000)])
    assert found.value == pytest.approx(0.9 * 0.1 + 0.1 * 0.5)
    assert (found.n, found.size) == (200, 10_000)
    assert found.interval.low < found.value < found.interval.high


def test_the_interval_of_several_batches_covers_as_well():
    random = np.random.default_rng(5)
    sizes, ns, wrongs = (2_000, 600, 900), (300, 60, 150), (100, 120, 225)
    truth, covered = sum(wrongs) / sum(sizes), 0
    for _sample in range(SAMPLES):
        strata = [
            Stratum(int(random.hypergeometric(wrong, size - wrong, n)), n, size)
            for size, n, wrong in zip(sizes, ns, wrongs, strict=True)
        ]
        found = error_rate(strata)
        covered += found.interval.low <= truth <= found.interval.high
    assert 0.93 <= covered / SAMPLES <= 0.97


def test_nothing_drawn_says_nothing():
    assert error_rate([]) is None
    assert error_rate([Stratum(0, 0, 10)]) is None


@given(st.data())
def test_the_ends_are_where_half_the_tail_is_left(data):
    size = data.draw(st.integers(1, 60))
    n = data.draw(st.integers(1, size))
    wrong = data.draw(st.integers(0, n))
    found = finite_interval(wrong, n, size)

    def is_inside(total):
        at_most = hypergeom.cdf(wrong, size, total, n) - hypergeom.pmf(wrong, size, total, n) / 2
        return 0.025 <= at_most <= 0.975

    inside = [total for total in range(wrong, size - n + wrong + 1) if is_inside(total)]
    if inside:
        assert (round(found.low * size), round(found.high * size)) == (inside[0], inside[-1])
    assert 0 <= found.low <= found.high <= 1
