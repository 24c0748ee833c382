"""Whether a share went up or down, or whether nothing of the kind can be said."""

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from labelops.intervals import LEVEL, Interval, wilson

LEAST = 10
# Successes, and of how many.
Counts = tuple[float, int]


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"
    STEADY = "steady"
    FEW = "few"


@dataclass(frozen=True)
class Trend:
    """The later share less the earlier one; no figure where either rests on too few."""

    direction: Direction
    difference: float | None = None


def difference_interval(later: Counts, earlier: Counts, *, level: float = LEVEL) -> Interval | None:
    """The interval of p1 - p2 from Wilson's intervals of both; None without observations.

    d - sqrt((p1 - l1)² + (u2 - p2)²) to d + sqrt((u1 - p1)² + (p2 - l2)²): method 10 of Newcombe
    1998, "Interval estimation for the difference between independent proportions", Statistics in
    Medicine 17; his example (a):

    >>> found = difference_interval((56, 70), (48, 80))
    >>> round(found.low, 4), round(found.high, 4)
    (0.0524, 0.3339)
    """
    first, second = wilson(*later, level=level), wilson(*earlier, level=level)
    if first is None or second is None:
        return None
    p1, p2 = later[0] / later[1], earlier[0] / earlier[1]
    low = sqrt((p1 - first.low) ** 2 + (second.high - p2) ** 2)
    high = sqrt((first.high - p1) ** 2 + (p2 - second.low) ** 2)
    return Interval(p1 - p2 - low, p1 - p2 + high)


def trend(later: Counts, earlier: Counts) -> Trend:
    """Up or down only where the interval of the difference leaves zero out.

    >>> trend((50, 50), (35, 50)).direction, trend((45, 50), (43, 50)).direction
    (<Direction.UP: 'up'>, <Direction.STEADY: 'steady'>)
    >>> trend((3, 3), (40, 50))
    Trend(direction=<Direction.FEW: 'few'>, difference=None)
    """
    found = difference_interval(later, earlier)
    if found is None or min(later[1], earlier[1]) < LEAST:
        return Trend(Direction.FEW)
    difference = later[0] / later[1] - earlier[0] / earlier[1]
    if found.low > 0:
        return Trend(Direction.UP, difference)
    return Trend(Direction.DOWN if found.high < 0 else Direction.STEADY, difference)
