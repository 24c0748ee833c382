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
    """Right and all of what counts, item by item: objects of one item are alike."""

    by_item: dict[int, tuple[int, int]]

    @property
    def right(self) -> int:
        return sum(right for right, _n in self.by_item.values())

    @property
    def n(self) -> int:
        return sum(n for _right, n in self.by_item.values())

    @property
    def wrong_items(self) -> list[int]:
        """Those with anything of what counts wrong, in order."""
        return sorted(item for item, (right, n) in self.by_item.items() if right < n)


def count_right(
    pairs: Iterable[Pair], items: Collection[int], measure: Measure, label: str = ""
) -> Counts:
    """By items, or by what is there (recall) or said (precision) of one class or, empty, of all.

    An item in which nothing is, and of which nothing is said, is right.

    >>> pairs = [Pair(1, "car", "car"), Pair(1, "car", ""), Pair(2, "", "car")]
    >>> count_right(pairs, [1, 2, 3], "right").by_item
    {1: (0, 1), 2: (0, 1), 3: (1, 1)}
    >>> count_right(pairs, [1, 2, 3], "recall", "car").by_item
    {1: (1, 2)}
    >>> count_right(pairs, [1, 2, 3], "precision").by_item
    {1: (1, 1), 2: (0, 1)}
    """
    if measure == RIGHT:
        wrong = {pair.item for pair in pairs if pair.truth != pair.said}
        return Counts({item: (int(item not in wrong), 1) for item in items})
    by_item: dict[int, tuple[int, int]] = {}
    for pair in pairs:
        named = pair.truth if measure == RECALL else pair.said
        if named == label if label else named:
            right, n = by_item.get(pair.item, (0, 0))
            by_item[pair.item] = right + (pair.truth == pair.said), n + 1
    return Counts(by_item)
