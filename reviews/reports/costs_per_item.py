"""What an accepted item of each batch costs so far, for lists of batches."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import Sum

from reviews.quality.item_costs import Cost, cost_of
from reviews.quality.pay import Work
from reviews.services.ledger import Scope, added_up, work_days
from reviews.services.pay_rates import EARLIEST, terms_of
from tasks.models import Batch


def cost_per_item(batches: Iterable[Batch]) -> dict[int, Cost]:
    """By id of the batch. Three statements for all batches together, whatever was done in them."""
    ids = [batch.pk for batch in batches]
    rows = Batch.objects.filter(pk__in=ids).order_by().annotate(Sum("days__accepted"))
    facts = list(rows.values_list("pk", "project", "project__hour_cost", "days__accepted__sum"))
    terms = terms_of({project for _batch, project, *_rest in facts})
    cuts = {EARLIEST} | terms.changes(EARLIEST, date.max)
    works: dict[int, list[Work]] = defaultdict(list)
    for work in added_up(work_days(Scope(), EARLIEST, date.max).filter(batch__in=ids), cuts):
        works[work.batch].append(work)
    return {
        batch: cost_of(works[batch], accepted or 0, terms, hour_cost)
        for batch, _project, hour_cost, accepted in facts
    }
