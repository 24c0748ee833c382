"""The alarm between the looks: a cumulative sum that notices soon when somebody labels badly.

Page's sum (1954) of the log likelihood ratio between somebody who is right in 80 % and in 95 % of
cases: a mistake adds log(0.20 / 0.05), a right answer subtracts log(0.95 / 0.80), never below
zero. The two stand in a ratio of 8.07; rounded to 8 to 1 the sum walks on whole numbers, so its
chances are those of a small Markov chain (Brook and Evans 1972), computed and not simulated. It
starts one mistake deep, as whoever is new or was just warned must be noticed soonest (Lucas and
Crosier 1982).

Wald's test with restarts catches a newcomer as soon, but whoever has a good record gets further
from its bound, and a later drop goes unnoticed for longer.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

GOOD, BAD = 0.95, 0.80
WRONG_STEP = round(math.log((1 - BAD) / (1 - GOOD)) / math.log(GOOD / BAD))
HEAD_START = WRONG_STEP
# Somebody good is to be flagged at most so often within so many answers.
FALSE_ALARM, WITHIN = 0.05, 200


def step(score: int, is_right: bool) -> int:
    """The sum after one more answer.

    >>> step(8, True), step(8, False), step(0, True)
    (7, 16, 0)
    """
    return max(0, score - 1) if is_right else score + WRONG_STEP


def first_alarm(answers: Sequence[bool]) -> tuple[int | None, int]:
    """How many answers it took from a fresh start to the first alarm, and the sum where it ends.

    >>> first_alarm([False, False, False]), first_alarm([True, False, True])
    ((3, 32), (None, 14))
    """
    score = HEAD_START
    for place, is_right in enumerate(answers, start=1):
        score = step(score, is_right)
        if score >= bound():
            return place, score
    return None, score


@lru_cache
def bound() -> int:
    """The lowest sum that raises an alarm and keeps what is promised to somebody good.

    >>> bound()
    32
    """
    limit = HEAD_START + 1
    while chance_within(WITHIN, GOOD, limit=limit) > FALSE_ALARM:
        limit += 1
    return limit


def chance_within(n: int, accuracy: float, *, limit: int | None = None) -> float:
    """The exact chance of an alarm within `n` answers from a fresh start.

    >>> round(chance_within(200, 0.95), 4), chance_within(20, 0.75) > 0.5
    (0.0438, True)
    """
    chain = _chain(accuracy, limit or bound())
    standing = np.zeros(len(chain))
    standing[HEAD_START] = 1.0
    for _answer in range(n):
        standing = standing @ chain
    return float(1 - standing.sum())


def run_length(accuracy: float) -> float:
    """The mean number of answers from a fresh start to an alarm, solved for exactly.

    >>> round(run_length(0.95)), round(run_length(0.75))
    (4468, 21)
    """
    chain = _chain(accuracy, bound())
    lengths = np.linalg.solve(np.eye(len(chain)) - chain, np.ones(len(chain)))
    return float(lengths[HEAD_START])


def answers_until(share: float, accuracy: float) -> int:
    """Within how many answers this share of such people is caught.

    >>> answers_until(0.5, 0.75)
    18
    """
    n = 1
    while chance_within(n, accuracy) < share:
        n += 1
    return n


def _chain(accuracy: float, limit: int) -> NDArray[np.float64]:
    """One answer's way from sum to sum; what is missing from a row's total is the alarm."""
    chain = np.zeros((limit, limit))
    for score in range(limit):
        chain[score, step(score, True)] += accuracy
        if step(score, False) < limit:
            chain[score, step(score, False)] += 1 - accuracy
    return chain
