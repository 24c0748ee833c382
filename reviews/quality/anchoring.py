"""How far a model's suggestions sway people: where it was wrong, those who saw it against the rest.

Chance decides of which tasks the suggestion is kept back (the blind arm), so what differs between
the arms is the work of the suggestion.
"""

from dataclasses import dataclass

from labelops.intervals import LEVEL
from reviews.quality.figure import Figure
from reviews.quality.share_trend import difference_interval

# More points than this, surely, and people should not see it before they answer.
LIMIT = 0.04
SURE = 0.99
LEAST = 10


@dataclass(frozen=True)
class Arm:
    """Checked answers where the suggestion was wrong, given with or without a sight of it.

    Several answers to one item are alike, as an item may be hard for everybody; so an item counts
    once: `right_share` is the sum over `items` of the share of its answers that were right.
    """

    answers: int = 0
    followed: int = 0
    items: int = 0
    right_share: float = 0.0


def bias(seen: Arm, blind: Arm, *, level: float = LEVEL) -> Figure:
    """The accuracy without the suggestion less that with it, where it was wrong: 0.1 is 10 points.

    Newcombe's interval for two independent shares (`share_trend.difference_interval`), of items. A
    share of an item between 0 and 1 varies less than a whole one, so it is never too narrow.

    >>> found = bias(Arm(40, 31, 40, 9), Arm(38, 6, 38, 32))
    >>> round(found.value, 2), found.n, round(found.interval.low, 2), round(found.interval.high, 2)
    (0.62, 78, 0.41, 0.75)
    >>> bias(Arm(40, 31, 40, 9), Arm()).value is None
    True
    """
    n = seen.items + blind.items
    interval = difference_interval(
        (blind.right_share, blind.items), (seen.right_share, seen.items), level=level
    )
    if interval is None:
        return Figure(None, n, None)
    value = blind.right_share / blind.items - seen.right_share / seen.items
    return Figure(value, n, interval)


def is_proved(seen: Arm, blind: Arm) -> bool:
    """Whether the bias is surely above the limit.

    At 99 %, as it is looked at again and again, and never by a handful of items.

    >>> is_proved(Arm(40, 31, 40, 9), Arm(38, 6, 38, 32))
    True
    >>> is_proved(Arm(30, 30, 30, 0), Arm(2, 0, 2, 2))
    False
    """
    interval = bias(seen, blind, level=SURE).interval
    is_enough = min(seen.items, blind.items) >= LEAST
    return is_enough and interval is not None and interval.low > LIMIT


def is_harmless(seen: Arm, blind: Arm) -> bool:
    """Whether the bias is surely not above the limit."""
    interval = bias(seen, blind).interval
    return interval is not None and interval.high <= LIMIT
