"""What an accepted item of a batch costs, in words and parts."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews.quality.item_costs import Cost
from reviews.quality.pay import EXACT
from reviews.reports.money import shown_exact


@dataclass(frozen=True)
class CostPart:
    """A part of the cost: in all, and for each accepted item."""

    title: str
    total: str
    per_item: str


@dataclass(frozen=True)
class ShownCost:
    """`per_item` is empty before anything is accepted, or without any price."""

    cost: Cost
    per_item: str
    parts: list[CostPart]
    notes: list[str]


def shown_cost(cost: Cost) -> ShownCost:
    parts = [
        (_("labeling"), cost.label),
        (_("review"), cost.review),
        (_("adjudication"), cost.adjudicate),
        (_("in all"), cost.total),
    ]
    return ShownCost(
        cost=cost,
        per_item=_rounded(cost, cost.total),
        parts=[CostPart(title, shown_exact(part), _rounded(cost, part)) for title, part in parts],
        notes=_notes(cost),
    )


def _rounded(cost: Cost, part: Decimal) -> str:
    per_item = cost.of_item(part)
    return "" if per_item is None else shown_exact(per_item.quantize(EXACT))


def _notes(cost: Cost) -> list[str]:
    found = []
    if cost.estimated_units:
        found.append(
            ngettext(
                "%(n)d label or decision has no rate: its time was priced by the project's hour.",
                "%(n)d labels and decisions have no rate: their time was priced by the project's "
                "hour.",
                cost.estimated_units,
            )
            % {"n": cost.estimated_units}
        )
    if cost.unpriced_units:
        found.append(
            ngettext(
                "%(n)d label or decision has no price at all.",
                "%(n)d labels and decisions have no price at all.",
                cost.unpriced_units,
            )
            % {"n": cost.unpriced_units}
        )
    return found
