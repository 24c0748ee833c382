"""What a campaign shows next, and when it has shown enough."""

import numpy as np
import pytest

from datasets.analysis import selection, yields
from datasets.models import Campaign
from datasets.reports import campaign_words

pytestmark = pytest.mark.once


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def crowd(dice, centre, count, spread=0.25):
    return unit(np.asarray(centre) + dice.normal(0, spread, (count, len(centre))))


@pytest.fixture
def dice():
    return np.random.default_rng(7)


def test_random_ones_are_drawn_from_all_and_kept_apart(dice):
    values = dice.random(1_000)
    kept = selection.pool(values, most=200, seed=3)
    assert (len(kept.likest), len(kept.drawn)) == (180, 20)
    assert not set(kept.likest.tolist()) & set(kept.drawn.tolist())
    assert (np.diff(values[kept.likest]) <= 0).all()
    assert values[kept.drawn].mean() == pytest.approx(0.5, abs=0.2)
    again = selection.pool(values, most=200, seed=3)
    assert again.drawn.tolist() == kept.drawn.tolist()
    assert selection.pool(values, most=200, seed=4).drawn.tolist() != kept.drawn.tolist()
    everything = selection.pool(values[:30], most=200, seed=3)
    assert sorted([*everything.likest.tolist(), *everything.drawn.tolist()]) == list(range(30))


def test_like_ones_come_first_and_spread_before_they_repeat(dice):
    wanted, others = crowd(dice, np.eye(8)[0], 20), crowd(dice, np.eye(8)[1], 80)
    rows = np.concatenate([wanted, wanted[:5], others])
    values = selection.likeness(rows, crowd(dice, np.eye(8)[0], 3))
    picked = selection.pick(rows, values, count=20)
    assert sum(place < 25 for place in picked) >= 18
    # Of the five that are there twice neither twin is shown again.
    assert not {place - 20 for place in picked if 20 <= place < 25} & set(picked)
    known = selection.pick(rows, values, count=200, known=wanted[:5])
    assert not set(known) & {*range(5), *range(20, 25)}
    assert len(known) == 95 == len(set(known))


def test_doubt_decides_between_equals_and_sureness_excludes_nothing(dice):
    rows = crowd(dice, np.ones(6), 10, spread=0.6)
    doubt = np.array([0.0] * 9 + [1.0])
    picked = selection.pick(rows, np.ones(10), count=10, doubt=doubt)
    assert picked[0] == 9
    assert len(picked) == 10
    assert selection.pick(rows[:0], np.ones(0), count=5) == []


def test_decisions_teach_what_the_seeds_alone_did_not_say(dice):
    # The seeds have two traits; what people accept shows that only the first one counts.
    first, second = np.eye(12)[0], np.eye(12)[1]
    accepted, discarded = crowd(dice, first, 20), crowd(dice, second, 20)
    candidates = np.concatenate([crowd(dice, first, 50), crowd(dice, second, 50)])
    seeds = crowd(dice, first + second, 5)
    before = selection.likeness(candidates, seeds)
    after = selection.learned_likeness(candidates, np.concatenate([seeds, accepted]), discarded)

    def found(values):
        return sum(place < 50 for place in selection.pick(candidates, values, count=30))

    assert found(before) < 25
    assert found(after) >= 29


def test_yield_stop_and_forecast_follow_the_newest_decisions():
    decisions = [True] * 40 + [False, True] * 20 + [False] * 49 + [True]
    points = yields.stretches(decisions, size=60)
    assert [(point.first, point.last, point.accepted) for point in points] == [
        (1, 60, 50),
        (61, 120, 10),
        (121, 130, 1),
    ]
    assert all(point.interval.low <= point.rate <= point.interval.high for point in points)
    assert yields.is_exhausted(decisions)
    assert not yields.is_exhausted(decisions[:-20])
    # Of the last 100 shown 31 were accepted; 61 were in all.
    ahead = yields.forecast(decisions, quota=92)
    assert ahead.likely == 100
    assert ahead.low < 100 < ahead.high
    assert yields.forecast(decisions, quota=10).high == 0
    campaign = Campaign(state=Campaign.State.OPEN, quota=92)
    assert "will not do" in campaign_words.forecast(campaign, decisions, 5)
    assert campaign_words.forecast(campaign, decisions, 0) == ""
