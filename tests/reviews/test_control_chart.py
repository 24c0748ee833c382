"""Control charts: limits that hold what they promise, and breaks that are found."""

import numpy as np
import pytest

from labelops.distributions import beta_binomial_masses
from reviews.quality.control_chart import FALSE_ALARMS_PER_1000, TAIL, Verdict, bounds, judge

pytestmark = pytest.mark.once


@pytest.mark.parametrize(("n", "right", "before"), [(1, 30, 30), (5, 20, 40), (60, 0, 50)])
def test_each_side_of_the_limits_is_passed_by_chance_at_most_so_often(n, right, before):
    found = bounds(n, right, before).outer
    masses = beta_binomial_masses(n, 0.5 + right, 0.5 + before - right)
    assert masses.sum() == pytest.approx(1)
    assert masses[: found.low].sum() <= TAIL
    assert masses[found.high + 1 :].sum() <= TAIL
    # The next count within would be one too many.
    assert masses[: found.low + 1].sum() > TAIL or found.low == n
    assert masses[found.high :].sum() > TAIL or found.high == 0


def test_weeks_are_called_wrongly_as_seldom_as_the_page_says():
    random = np.random.default_rng(20)
    called = judged = 0
    for share in (0.6, 0.8, 0.9, 0.97):
        for checked in (4, 12, 40, 150):
            for _person in range(25):
                counts = random.poisson(checked, size=26)
                weeks = [(int(random.binomial(n, share)), int(n)) for n in counts]
                points = [point for point in judge(weeks) if point.limits]
                judged += len(points)
                called += sum(point.is_break for point in points)
    assert judged > 7_000
    assert 0 < called / judged <= FALSE_ALARMS_PER_1000 / 1_000


def test_a_fall_is_found_and_does_not_become_what_is_usual():
    fallen = judge([(18, 20)] * 6 + [(10, 20)] * 3)
    assert [point.verdict for point in fallen[-3:]] == [Verdict.LOW] * 3
    assert fallen[-1].usual == pytest.approx(0.9)


def test_two_of_three_weeks_beyond_the_nearer_limit_are_a_break():
    found = bounds(100, 900, 1000)
    near = found.inner.low - 2
    assert near > found.outer.low
    points = judge([(90, 100)] * 10 + [(near, 100), (90, 100), (near, 100)])
    assert [point.verdict for point in points[-3:]] == [
        Verdict.USUAL,
        Verdict.USUAL,
        Verdict.LOW_RUN,
    ]


def test_weeks_without_checks_and_the_first_ones_say_nothing():
    points = judge([(5, 10), (0, 0), (20, 20), (0, 0), (9, 10)])
    assert [point.verdict for point in points[:4]] == [Verdict.UNKNOWN] * 4
    assert points[0].usual is None
    assert points[3].usual == pytest.approx(25 / 30)
    assert points[4].limits is not None
