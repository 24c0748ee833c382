"""How the work of a batch is shared between the model, annotators and experts, and at other bars.

Read from what the routing has counted: no table of tasks is walked.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reviews.models import BatchFigures, BatchRouting, ModelStanding, TaskRoute
from reviews.quality.model_audit import audit_share
from reviews.quality.pay import ADJUDICATE, ANNOTATE
from reviews.quality.routing import Way, route
from reviews.reports.money import shown_amount
from reviews.reports.route_words import TITLES
from reviews.services.model_allowances import Allowances, allowances_of, model_of
from reviews.services.pay_rates import terms_of
from reviews.services.routing_figures import certain, said_of
from tasks.models import Batch, ModelVersion

# The bar that the slider begins with where nobody has chosen one.
USUAL_BAR = 95
# By who answers: the ways that lead there.
SHARES = {
    "model": (_("The model alone"), (Way.MODEL,)),
    "people": (_("Annotators"), (Way.PEOPLE, Way.AUDIT, Way.SECOND)),
    "expert": (_("Experts"), (Way.EXPERT,)),
}
NOTHING = Decimal(0)


@dataclass(frozen=True)
class ShownShare:
    """A part of the tasks: its way as the list knows it, and its cost where that has a price."""

    name: str
    title: Any
    count: int
    of: int
    cost: str

    @property
    def percent(self) -> int:
        return round(100 * self.count / self.of) if self.of else 0


@dataclass(frozen=True)
class ReasonRow:
    way: str
    way_title: Any
    reason: str
    title: str
    count: int


@dataclass(frozen=True)
class WhatIf:
    """What would come of the tasks that nobody has begun, at one accuracy."""

    bar_percent: int
    waiting: int
    shares: list[ShownShare]
    audits: int


@dataclass(frozen=True)
class Audits:
    sent: int
    decided: int
    wrong: int


@dataclass(frozen=True)
class ModelShares:
    """`shares` of what was routed, empty before; `certified` are the classes at the bar asked."""

    model_version: ModelVersion | None
    shares: list[ShownShare]
    reasons: list[ReasonRow]
    what_if: WhatIf | None
    audits: Audits
    certified: int
    routed: int
    counted_at: datetime | None


def model_shares(batch: Batch, bar_percent: int | None = None) -> ModelShares:
    """The section of a batch; `bar_percent` is the one to try, the batch's own when there is none.

    The statements are as many for few tasks as for a million.
    """
    model_version = model_of(batch)
    if model_version is None:
        return ModelShares(None, [], [], None, Audits(0, 0, 0), 0, 0, None)
    routing = BatchRouting.objects.filter(batch=batch, model_version=model_version).first()
    allowances = allowances_of(model_version)
    counts: list[list[Any]] = routing.counts if routing else []
    ways = Counter({way.value: 0 for way in Way})
    for way, _reason, count, _answered in counts:
        ways[way] += count
    prices = _prices(batch, ways[Way.MODEL.value])
    bar = bar_percent or batch.model_bar_percent or USUAL_BAR
    return ModelShares(
        model_version=model_version,
        shares=_shares(ways, prices) if counts else [],
        reasons=_reasons(counts),
        what_if=_what_if(batch, routing, allowances, bar, prices) if routing else None,
        audits=_audits(model_version, ways[Way.AUDIT]),
        certified=sum(allowances.cut(label, bar) is not None for label in allowances.certificates),
        routed=ways.total(),
        counted_at=routing.counted_at if routing else None,
    )


def routes(batch: Batch, *, share: str, reason: str) -> QuerySet[TaskRoute]:
    """The tasks behind a share or a row of the reasons."""
    rows = TaskRoute.objects.filter(batch=batch).select_related("task__item")
    if share:
        rows = rows.filter(way__in=[way.value for way in SHARES[share][1]])
    return rows.filter(reason=reason) if reason else rows


def _shares(ways: Counter[str], prices: dict[str, Decimal | None]) -> list[ShownShare]:
    total = ways.total()
    found = []
    for name, (title, own) in SHARES.items():
        count = sum(ways[way.value] for way in own)
        price = prices[name]
        cost = "" if price is None else shown_amount(price * count)
        found.append(ShownShare(name, title, count, total, cost))
    return found


def _reasons(counts: list[list[Any]]) -> list[ReasonRow]:
    """The most frequent first."""
    titles = dict(TaskRoute.Way.choices)
    names = {way.value: name for name, (_title, ways) in SHARES.items() for way in ways}
    rows = [
        ReasonRow(names[way], titles[way], reason, str(TITLES[reason]), count)
        for way, reason, count, _answered in counts
    ]
    return sorted(rows, key=lambda row: -row.count)


def _what_if(
    batch: Batch,
    routing: BatchRouting,
    allowances: Allowances,
    bar: int,
    prices: dict[str, Decimal | None],
) -> WhatIf:
    """The routing itself, over the counted scores instead of the tasks."""
    ways = Counter({way.value: 0 for way in Way})
    ways[Way.PEOPLE.value] = routing.unsaid
    alone = sum(count for way, _reason, count, _answered in routing.counts if way == Way.MODEL)
    audited = 0.0
    for row in routing.scores:
        said, is_audit, count = said_of(row), row[-2], row[-1]
        # What was drawn stays an audit; of the rest the share that would be is taken off below.
        allowed = allowances.of(said.label, batch, bar, 1.0 if is_audit else 0.0)
        way = route(said, allowed, 0.5).way
        ways[way.value] += count
        cut = allowances.cut(said.label, bar)
        if way == Way.MODEL and cut is not None:
            share = audit_share(alone, certain(routing.scores, said.label, cut))
            audited += count * share
    ways[Way.MODEL.value] -= round(audited)
    ways[Way.AUDIT.value] += round(audited)
    return WhatIf(bar, ways.total(), _shares(ways, prices), ways[Way.AUDIT.value])


def _audits(model_version: ModelVersion, sent: int) -> Audits:
    sums = ModelStanding.objects.filter(model_version=model_version).aggregate(
        decided=Sum("audited", default=0), wrong=Sum("audited_wrong", default=0)
    )
    return Audits(sent, sums["decided"], sums["wrong"])


def _prices(batch: Batch, free: int) -> dict[str, Decimal | None]:
    """What an item costs by who answers it: as it came to so far, else by the project's rates.

    `free` of the accepted items cost nothing: the model answered them.
    """
    terms, day = terms_of([batch.project_id]), timezone.now().date()
    found = BatchFigures.objects.filter(batch=batch).values_list("label_cost", "cost_items").first()
    label = terms.rate(batch.project_id, None, ANNOTATE, 0, day)
    people = None if label is None else label * batch.overlap
    if found and found[0] and found[1] > free:
        people = found[0] / (found[1] - free)
    expert = terms.rate(batch.project_id, None, ADJUDICATE, 0, day)
    return {"model": NOTHING, "people": people, "expert": expert}
