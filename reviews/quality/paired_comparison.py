"""Two teams on the same items: how much more often one is right, item by item.

Answers to one item are alike, as some items are hard for everybody: so an item counts once,
whatever the number of its answers, and the interval is over items.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from labelops.intervals import Interval
from reviews.quality.figure import Figure
from reviews.quality.rollup_figures import mean


@dataclass(frozen=True)
class SharedItem:
    """Right and all answers of either team to an item that both had."""

    first_right: int
    first_n: int
    second_right: int
    second_n: int

    @property
    def first(self) -> float:
        return self.first_right / self.first_n

    @property
    def second(self) -> float:
        return self.second_right / self.second_n

    @property
    def gap(self) -> float:
        return self.first - self.second


def share_of(values: Sequence[float]) -> Figure:
    """The mean of one share an item, with its interval over items."""
    return mean(sum(values), sum(value * value for value in values), len(values))


def gap(items: Sequence[SharedItem]) -> Figure:
    """The mean over items of the first team's share right less the second's, from -1 to 1.

    A paired comparison: what is hard for both does not widen it. The interval is that of a mean of
    values in [0, 1] (`rollup_figures.mean`) for (1 + d) / 2, so that few items on which the teams
    happen to be alike do not look certain.

    >>> both = [SharedItem(1, 1, 1, 1)] * 8 + [SharedItem(1, 1, 0, 1)] * 2
    >>> found = gap(both)
    >>> round(found.value, 2), found.n, found.interval.low < 0.2 < found.interval.high
    (0.2, 10, True)
    >>> gap([SharedItem(1, 1, 1, 1)] * 5).interval.high > 0.2
    True
    """
    found = share_of([(1 + item.gap) / 2 for item in items])
    if found.value is None or found.interval is None:
        return found
    low, high = 2 * found.interval.low - 1, 2 * found.interval.high - 1
    return Figure(2 * found.value - 1, found.n, Interval(low, high))
