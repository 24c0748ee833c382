"""The figures of an impact card, against simulated models."""

import numpy as np
import pytest
from scipy import stats

from datasets.analysis.impact import (
    CONTROL_LEAST,
    POWER,
    Effect,
    attributed,
    control_of,
    cost_per_point,
    power,
    smallest_gain,
)

pytestmark = pytest.mark.once
TRIALS = 4_000


@pytest.mark.parametrize("n", [60, 400])
def test_the_smallest_gain_is_proved_four_times_of_five(n):
    gain, churn = smallest_gain(n), 0.03
    dice = np.random.default_rng(n)
    drawn = dice.multinomial(n, [gain + churn, churn, 1 - gain - 2 * churn], size=TRIALS)
    mended, broken = drawn[:, 0], drawn[:, 1]
    share = np.mean(2 * stats.binom.cdf(broken, mended + broken, 0.5) <= 0.05)
    assert share == pytest.approx(POWER, abs=0.03)
    assert power(n, gain) >= POWER > power(n, gain - 0.002)


def test_few_items_show_no_gain_at_all():
    assert smallest_gain(0) is None
    assert smallest_gain(5) is None
    # Where a training breaks nothing, six fixed items of six prove something.
    assert smallest_gain(6, churn=0) is not None


def test_what_got_better_by_chance_alone_is_not_laid_to_the_work():
    """Targets of failures: all of them were wrong before, so they can but get better."""
    dice = np.random.default_rng(7)
    covered, gains = 0, []
    for _ in range(300):
        is_right = dice.random((2, 2_000)) < dice.choice([0.2, 0.95], size=2_000)
        failed = np.flatnonzero(~is_right[0])
        target = failed[: len(failed) // 3]
        rest = {int(item): bool(is_right[0, item]) for item in np.delete(np.arange(2_000), target)}
        control = control_of([bool(is_right[0, item]) for item in target], rest)
        effects = []
        for items in (target, control):
            change = is_right[1, items].astype(float) - is_right[0, items]
            effects.append(Effect(change.mean(), change.std() / np.sqrt(len(items))))
        gains.append(effects[0].value)
        found = attributed(*effects).interval
        covered += found.low <= 0 <= found.high
    assert np.mean(gains) > 0.2
    assert covered / 300 == pytest.approx(0.95, abs=0.04)


def test_a_control_is_like_the_target_or_there_is_none():
    rest = {item: ("robin", item % 3 == 0) for item in range(300)}
    target = [("robin", True)] * 50 + [("robin", False)] * 80 + [("crow", True)] * 30
    drawn = control_of(target, rest)
    assert sorted(rest[item] for item in drawn) == sorted(target[:130])
    assert drawn == control_of(target, rest) != control_of(target, rest, seed=1)
    assert control_of(target[-40:], rest) is None
    assert control_of(target[: CONTROL_LEAST - 1], rest) is None


def test_the_cost_of_a_point_has_no_upper_end_where_the_gain_may_be_none():
    clear, vague = Effect(0.10, 0.02), Effect(0.02, 0.02)
    found = cost_per_point(500, clear)
    assert found.value == pytest.approx(50)
    assert found.low < 50 < found.high
    assert found.low == pytest.approx(500 / (100 * clear.interval.high))
    assert cost_per_point(500, vague).high is None
    assert cost_per_point(500, Effect(0.0, 0.01)) is None
    assert cost_per_point(500, Effect(-0.1, 0.01)) is None
    assert Effect(0.99, 0.1).interval.high == 1
