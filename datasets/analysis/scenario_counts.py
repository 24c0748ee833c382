"""Counts what is right of what a model said, by the measure of a scenario test."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

RIGHT, RECALL, PRECISION = "right", "recall", "precision"
Measure = Literal["right", "recall", "precision"]


class Pair(NamedTuple):
    """What is there, and what the model says of it; empty where one of them is nothing."""

    item: int
    truth: str
    said: str


@dataclass(frozen=True)
class Counts:
    """`wrong_items`: those with anything of what counts wrong, in order."""

    right: int
    n: int
    wrong_items: list[int]


def count_right(
    pairs: Iterable[Pair], items: Collection[int], measure: Measure, label: str = ""
) -> Counts:
    """By items, or by what is there (recall) or said (precision) of one class or, empty, of all.

    An item in which nothing is, and of which nothing is said, is right.

    >>> pairs = [Pair(1, "car", "car"), Pair(1, "car", ""), Pair(2, "", "car")]
    >>> count_right(pairs, [1, 2, 3], "right")
    Counts(right=1, n=3, wrong_items=[1, 2])
    >>> count_right(pairs, [1, 2, 3], "recall", "car")
    Counts(right=1, n=2, wrong_items=[1])
    >>> count_right(pairs, [1, 2, 3], "precision", "car")
    Counts(right=1, n=2, wrong_items=[2])
    """
    counted = [pair for pair in pairs if _counts(pair, measure, label)]
    wrong = sorted({pair.item for pair in counted if pair.truth != pair.said})
    if measure == RIGHT:
        return Counts(len(items) - len(wrong), len(items), wrong)
    return Counts(sum(pair.truth == pair.said for pair in counted), len(counted), wrong)


def _counts(pair: Pair, measure: Measure, label: str) -> bool:
    if measure == RIGHT:
        return True
    named = pair.truth if measure == RECALL else pair.said
    return named == label if label else bool(named)
