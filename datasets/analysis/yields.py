"""How much a campaign finds: accepted per 100 shown, when to stop, how many more to show."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from labelops.intervals import Interval, wilson

# The rule: stop when fewer than one in twenty of the last 50 shown was accepted.
WINDOW = 50
STOP_BELOW = 0.05
# What a forecast rests on: the newest decisions, since finds grow rarer.
FORECAST_WINDOW = 100


@dataclass(frozen=True)
class Stretch:
    """A stretch of what was shown, its first and last place counted from 1."""

    first: int
    last: int
    accepted: int
    interval: Interval

    @property
    def shown(self) -> int:
        return self.last - self.first + 1

    @property
    def rate(self) -> float:
        return self.accepted / self.shown


@dataclass(frozen=True)
class Forecast:
    """How many more must be shown until the quota is full."""

    likely: int
    low: int
    high: int


def stretches(decisions: Sequence[bool], *, size: int = WINDOW) -> list[Stretch]:
    """The yield curve: one point for each `size` shown, the last for what remains.

    >>> [(point.first, point.last, point.rate) for point in stretches([True, False, True], size=2)]
    [(1, 2, 0.5), (3, 3, 1.0)]
    """
    found = []
    for start in range(0, len(decisions), size):
        part = decisions[start : start + size]
        interval = wilson(sum(part), len(part))
        if interval is not None:
            found.append(Stretch(start + 1, start + len(part), sum(part), interval))
    return found


def is_exhausted(decisions: Sequence[bool]) -> bool:
    """Whether fewer than 5 % of the last 50 were accepted; not before 50 were shown.

    >>> is_exhausted([True] * 30 + [False] * 48 + [True] * 2)
    True
    >>> is_exhausted([True] * 30 + [False] * 47 + [True] * 3), is_exhausted([False] * 49)
    (False, False)
    """
    return len(decisions) >= WINDOW and sum(decisions[-WINDOW:]) < STOP_BELOW * WINDOW


def forecast(decisions: Sequence[bool], *, quota: int) -> Forecast | None:
    """By the rate of the last 100 shown and its interval; None while nothing can be said.

    >>> forecast([True, False] * 50, quota=60)
    Forecast(likely=20, low=17, high=25)
    >>> forecast([False] * 10, quota=60) is None
    True
    """
    newest = decisions[-FORECAST_WINDOW:]
    interval = wilson(sum(newest), len(newest))
    if interval is None or not sum(newest):
        return None
    missing = max(0, quota - sum(decisions))
    return Forecast(
        likely=ceil(missing * len(newest) / sum(newest)),
        low=ceil(missing / interval.high),
        high=ceil(missing / interval.low),
    )
