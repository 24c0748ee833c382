"""A part of a number, as pages show it: percent, 95 % interval, and how many it rests on."""

from dataclasses import dataclass
from math import ceil, floor

from labelops.intervals import Interval, wilson

FEW = 30


@dataclass(frozen=True)
class Share:
    """`count` of `n`; no figure where nothing was seen."""

    count: int
    n: int

    @property
    def percent(self) -> int | None:
        return round(100 * self.count / self.n) if self.n else None

    @property
    def is_few(self) -> bool:
        """So few that the interval says more than the figure."""
        return self.n < FEW

    @property
    def interval(self) -> Interval | None:
        """Wilson, as shares of 1."""
        return wilson(self.count, self.n)

    @property
    def low(self) -> int:
        return floor(100 * self.interval.low) if self.interval else 0

    @property
    def high(self) -> int:
        return ceil(100 * self.interval.high) if self.interval else 100
