"""Watching a model that answers alone: how much of its work is audited, and when it is too bad.

The alarm is Page's sum (1954), as for people (alarm.py), but between two models that lie around
the proved bar: a good one makes 0.4 times as many mistakes as the bar allows, a bad one 1.2 times.
At the bar 0.95 that is 0.98 against 0.94: a mistake adds log(0.06 / 0.02) = 1.099, a right answer
subtracts log(0.98 / 0.94) = 0.042. Rounded to a whole ratio (26 to 1) the sum walks on whole
numbers, so that its chances are computed and not simulated (Brook and Evans 1972).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reviews.quality.bisection import smallest

FIRST_ANSWERS = 500
FIRST_SHARE = 0.10
LEAST_SHARE = 0.03
AUDITS_PER_WEEK = 150
# A good model is flagged at most so often; 2,000 is promised, and the rest is reserve.
FALSE_ALARM_EVERY = 3_000
GOOD, BAD = 0.4, 1.2
# By the bar in percent, as `lowest_bound` finds them: no process waits for that.
BOUNDS = {85: 36, 90: 54, 95: 89, 97: 134, 98: 182, 99: 279}


class Watch(NamedTuple):
    """`score` where the audits end; `alarm` and `clean`: their places, from 1, or 0 for none.

    `clean` is the last audit, before the alarm or the end, after which nothing spoke against the
    model.
    """

    score: int
    alarm: int
    clean: int


def audit_share(answered_alone: int, per_week: float) -> float:
    """Which share of what the model could answer alone goes to people, drawn at random.

    `answered_alone`: so many so far; `per_week`: so many it could answer in a week.

    >>> audit_share(499, 10_000), audit_share(500, 10_000), audit_share(500, 1_500)
    (0.1, 0.03, 0.1)
    >>> audit_share(500, 100), audit_share(500, 0)
    (1.0, 1.0)
    """
    if answered_alone < FIRST_ANSWERS:
        return FIRST_SHARE
    if per_week <= AUDITS_PER_WEEK:
        return 1.0
    return max(LEAST_SHARE, AUDITS_PER_WEEK / per_week)


def good_and_bad(bar: float) -> tuple[float, float]:
    """The accuracies that the alarm tells apart.

    >>> [round(accuracy, 3) for accuracy in good_and_bad(0.95)]
    [0.98, 0.94]
    """
    return 1 - GOOD * (1 - bar), 1 - BAD * (1 - bar)


def wrong_step(bar: float) -> int:
    """How many right answers make up for a mistake.

    >>> wrong_step(0.95), wrong_step(0.85), wrong_step(0.99)
    (26, 8, 136)
    """
    good, bad = good_and_bad(bar)
    return round(math.log(BAD / GOOD) / math.log(good / bad))


def watch(audits: Sequence[bool], bar: float) -> Watch:
    """What the audits say in their order, right or not, up to the first alarm.

    >>> watch([True, False, False, True], 0.95)
    Watch(score=51, alarm=0, clean=1)
    >>> watch([True, *[False] * 10], 0.95)
    Watch(score=104, alarm=5, clean=1)
    """
    step, limit = wrong_step(bar), bound(bar)
    score = clean = 0
    for place, is_right in enumerate(audits, start=1):
        score = max(0, score - 1) if is_right else score + step
        if score >= limit:
            return Watch(score, place, clean)
        if score == 0:
            clean = place
    return Watch(score, 0, clean)


def bound(bar: float) -> int:
    """The lowest sum that raises an alarm and keeps what is promised to a good model.

    >>> bound(0.95), round(bound(0.95) / wrong_step(0.95) * 1.099, 2)
    (89, 3.76)
    """
    return BOUNDS[round(100 * bar)]


def lowest_bound(bar: float) -> int:
    """The same, found by trying.

    >>> lowest_bound(0.95), lowest_bound(0.90)
    (89, 54)
    """
    good, _bad = good_and_bad(bar)
    step = wrong_step(bar)
    return smallest(
        lambda limit: run_length(bar, good, limit=limit) >= FALSE_ALARM_EVERY, step, 10 * step
    )


def run_length(bar: float, accuracy: float, *, limit: int | None = None) -> float:
    """The mean number of audits from a sum of 0 to an alarm, solved for exactly.

    >>> round(run_length(0.95, 0.98)), round(run_length(0.95, 0.94))
    (3131, 120)
    """
    chain = _chain(bar, accuracy, limit or bound(bar))
    return float(np.linalg.solve(np.eye(len(chain)) - chain, np.ones(len(chain)))[0])


def median_until_alarm(bar: float, accuracy: float) -> int:
    """Within how many audits half of the models that fell to this accuracy are found out.

    >>> median_until_alarm(0.95, 0.94)
    98
    """
    chain = _chain(bar, accuracy, bound(bar))
    standing = np.zeros(len(chain))
    standing[0], audits = 1.0, 0
    while standing.sum() > 0.5:
        standing, audits = standing @ chain, audits + 1
    return audits


def _chain(bar: float, accuracy: float, limit: int) -> NDArray[np.float64]:
    """One audit's way from sum to sum; what is missing from a row's total is the alarm."""
    chain, step = np.zeros((limit, limit)), wrong_step(bar)
    for score in range(limit):
        chain[score, max(0, score - 1)] += accuracy
        if score + step < limit:
            chain[score, score + step] += 1 - accuracy
    return chain
