"""What models are wrongly trusted with, and how soon a fall is noticed; small runs of the bench."""

import numpy as np
import pytest

from bench import model_trust as bench
from reviews.quality import model_audit
from reviews.quality.model_cut import lowest_cut
from reviews.quality.model_trust import BARS, false_promotion

pytestmark = pytest.mark.once


def rng():
    return np.random.default_rng(bench.SEED)


def test_a_model_exactly_at_a_bar_is_seldom_certified():
    assert all(false_promotion(bar / 100) <= 0.05 for bar in BARS)
    assert bench.certified_at_bar(300, 0.95, rng()) <= 0.05


def test_a_fall_is_noticed_soon_and_a_good_model_left_alone():
    assert bench.fall(100, rng())["median"] <= 150
    assert all(
        model_audit.run_length(bar / 100, model_audit.good_and_bad(bar / 100)[0]) >= 2_000
        for bar in BARS
    )


def test_a_cut_never_parts_equal_scores_and_never_rests_on_fewer_than_a_hundred():
    random = rng()
    scores = random.integers(0, 20, 400) / 20
    rights = random.random(400) < 0.5 + scores / 2
    checks = list(zip(scores.tolist(), rights.tolist(), strict=True))
    found = lowest_cut(checks, 0.85)
    assert found.n >= 100
    above = [is_right for score, is_right in checks if score >= found.score]
    assert (len(above), above.count(False)) == (found.n, found.wrong)
    # The order in which the checks came says nothing.
    assert lowest_cut(checks[::-1], 0.85) == found
