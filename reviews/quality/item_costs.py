"""What an accepted item of a batch costs, and what part of it is labeling or reviewing."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from reviews.quality.pay import (
    ADJUDICATE,
    ANNOTATE,
    NOTHING,
    READING,
    REVIEW,
    STAGES,
    WORK,
    Terms,
    Work,
    pay_of_time,
)


@dataclass(frozen=True)
class Cost:
    """What all work in a batch came to, whether or not its items are accepted yet.

    A part that the rates say nothing about is priced by the project's cost of an hour; its units
    are `estimated_units`, or `unpriced_units` where that is not set either.
    """

    accepted: int
    label: Decimal
    review: Decimal
    adjudicate: Decimal
    estimated_units: int = 0
    unpriced_units: int = 0

    @property
    def total(self) -> Decimal:
        return self.label + self.review + self.adjudicate

    @property
    def per_item(self) -> Decimal | None:
        """None before anything is accepted, or when nothing that was done has a price."""
        return self.of_item(self.total)

    def of_item(self, part: Decimal) -> Decimal | None:
        """A part for each accepted item.

        >>> cost = Cost(40, Decimal(8), Decimal(2), Decimal(0))
        >>> cost.per_item, cost.of_item(cost.review)
        (Decimal('0.25'), Decimal('0.05'))
        """
        if not self.accepted or (self.unpriced_units and not self.total):
            return None
        return part / self.accepted


def cost_of(
    works: Iterable[Work], accepted: int, terms: Terms, hour_cost: Decimal | None = None
) -> Cost:
    """Units, hours at work and reading by the rates of their days.

    Training and top-ups to a floor are those of a person, not of a batch, and stand apart.

    >>> from datetime import date
    >>> work = Work(1, 5, 3, 7, 0, "annotate", date(2026, 1, 1), 10, 1_800_000, 0)
    >>> cost_of([work], 4, Terms([]), Decimal(20)).per_item
    Decimal('2.5000')
    >>> cost_of([work], 4, Terms([])).per_item is None
    True
    """
    parts = dict.fromkeys(STAGES, NOTHING)
    estimated = unpriced = 0
    for work in works:
        price = _price(work, terms)
        if price is None and hour_cost is not None:
            price = pay_of_time(work.active_ms + work.reading_ms, hour_cost)
            estimated += work.units
        elif price is None:
            unpriced += work.units
        parts[work.stage] += price or NOTHING
    return Cost(
        accepted=accepted,
        label=parts[ANNOTATE],
        review=parts[REVIEW],
        adjudicate=parts[ADJUDICATE],
        estimated_units=estimated,
        unpriced_units=unpriced,
    )


def _price(work: Work, terms: Terms) -> Decimal | None:
    """None where neither the unit nor the hour has a rate."""
    unit = terms.rate(work.project, work.team, work.stage, work.level, work.day)
    hour = terms.rate(work.project, work.team, WORK, 0, work.day)
    if unit is None and hour is None:
        return None
    reading = terms.rate(work.project, work.team, READING, 0, work.day)
    times = pay_of_time(work.active_ms, hour) + pay_of_time(work.reading_ms, reading)
    return work.units * (unit or NOTHING) + times
