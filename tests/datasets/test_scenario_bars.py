"""Verdicts on bars, against the binomial distribution itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from datasets.analysis.scenario_bars import (
    ERROR,
    FAIL,
    MORE_MOST,
    PASS,
    POWER,
    UNKNOWN,
    judge,
    judge_groups,
    least_items,
    right_to_pass,
    share_to_pass,
)

pytestmark = pytest.mark.once
BARS = st.floats(0.3, 0.995)
COUNTS = st.tuples(st.integers(0, 400), st.floats(0, 1)).map(
    lambda drawn: (round(drawn[0] * drawn[1]), drawn[0])
)


@given(COUNTS, BARS)
@settings(max_examples=50)
def test_the_verdict_is_where_the_bounds_lie(counts, bar):
    found = judge(*counts, bar)
    if counts[1] == 0:
        assert (found.verdict, found.interval, found.share) == (UNKNOWN, None, None)
        return
    is_passed, is_failed = found.interval.low >= bar, found.interval.high < bar
    assert found.verdict == (PASS if is_passed else FAIL if is_failed else UNKNOWN)
    assert found.more is None or found.verdict == UNKNOWN


@pytest.mark.parametrize("n", [30, 78, 300])
@pytest.mark.parametrize("bar", [0.8, 0.91, 0.97])
def test_a_model_just_at_the_bar_is_judged_wrongly_once_in_twenty_at_most(n, bar):
    right = np.arange(n + 1)
    verdicts = np.array([judge(int(count), n, bar).verdict for count in right])
    assert stats.binom.pmf(right, n, bar - 1e-9)[verdicts == PASS].sum() <= ERROR
    assert stats.binom.pmf(right, n, bar)[verdicts == FAIL].sum() <= ERROR


@given(COUNTS, BARS)
@settings(max_examples=50)
def test_more_labels_at_the_same_share_do_decide(counts, bar):
    right, n = counts
    found = judge(right, n, bar)
    if found.verdict != UNKNOWN or n == 0:
        return
    if found.more is None:
        sizes = [n + MORE_MOST]
    else:
        assert 0 < found.more <= MORE_MOST
        sizes = [n + found.more, n + found.more + 1, n + found.more + 37]
    is_above = right / n >= bar
    for size in sizes:
        # Whole items, rounded toward the bar.
        grown = right * size // n if is_above else -(-right * size // n)
        verdict = judge(grown, size, bar).verdict
        assert (verdict != UNKNOWN) == (found.more is not None)


@pytest.mark.parametrize("bar", [0.5, 0.9, 0.95, 0.99])
def test_what_a_size_can_show(bar):
    least = least_items(bar)
    assert judge(least, least, bar).verdict == PASS
    assert judge(least - 1, least - 1, bar).verdict == UNKNOWN
    assert (right_to_pass(least, bar), right_to_pass(least - 1, bar)) == (least, None)
    assert share_to_pass(least - 1, bar) is None
    assert judge(0, 0, bar).more == least
    needed, share = right_to_pass(3 * least, bar), share_to_pass(3 * least, bar)
    assert judge(needed - 1, 3 * least, bar).verdict == UNKNOWN
    assert stats.binom.sf(needed - 1, 3 * least, share) == pytest.approx(POWER)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=40), BARS)
@settings(max_examples=50)
def test_objects_of_one_item_never_show_more_than_as_many_items(drawn, bar):
    groups = [(min(pair), max(pair)) for pair in drawn if max(pair)]
    right, n = (sum(column) for column in zip(*groups, strict=True)) if groups else (0, 0)
    single, grouped = judge(right, n, bar), judge_groups(groups, bar)
    assert (grouped.right, grouped.n) == (right, n)
    assert grouped.verdict in (single.verdict, UNKNOWN)
    if single.interval is not None:
        assert grouped.interval.high - grouped.interval.low >= (
            single.interval.high - single.interval.low - 1e-9
        )
