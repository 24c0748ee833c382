"""Distributions by `scipy.special` are those of `scipy.stats`."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from labelops import distributions

CHANCES = st.floats(0.001, 0.999)
DRAWS = st.tuples(st.integers(1, 2_000), st.floats(0, 1), st.floats(0, 1)).map(
    lambda drawn: (drawn[0], round(drawn[0] * drawn[1]), max(1, round(drawn[0] * drawn[2])))
)


@given(CHANCES, st.floats(0.5, 5_000), st.floats(0.5, 5_000))
def test_quantiles(p, a, b):
    assert distributions.normal_quantile(p) == pytest.approx(stats.norm.ppf(p), abs=1e-12)
    assert distributions.t_quantile(p, a) == pytest.approx(stats.t.ppf(p, a), rel=1e-8)
    assert distributions.beta_quantile(p, a, b) == pytest.approx(stats.beta.ppf(p, a, b), rel=1e-9)


@given(st.integers(0, 500), CHANCES | st.sampled_from([0.0, 1.0]))
def test_binomial(n, p):
    masses = distributions.binomial_masses(n, p)
    assert masses == pytest.approx(stats.binom.pmf(np.arange(n + 1), n, p), rel=1e-9, abs=1e-300)


@given(DRAWS, st.integers(-2, 2_000))
def test_hypergeometric(drawn, k):
    size, marked, n = drawn
    mass = distributions.hypergeometric_mass(k, size, marked, n)
    assert mass == pytest.approx(stats.hypergeom.pmf(k, size, marked, n), rel=1e-8, abs=1e-300)
    at_most = distributions.hypergeometric_at_most(k, size, marked, n)
    assert at_most == pytest.approx(stats.hypergeom.cdf(k, size, marked, n), abs=1e-9)


@pytest.mark.parametrize("k", [199_000, 200_100, 200_000, 202_500])
def test_hypergeometric_of_millions(k):
    at_most = distributions.hypergeometric_at_most(k, 5_000_000, 1_000_000, 1_000_000)
    assert at_most == pytest.approx(stats.hypergeom.cdf(k, 5_000_000, 1_000_000, 1_000_000))
