"""Keeps the figures of the board: one row a batch, computed anew every quarter of an hour."""

from datetime import datetime, timedelta

from django.db.models import F, Min, Q, Sum
from django.utils import timezone

from reviews.models import BatchFigures, ItemRollup, Lot, PersonRollup
from reviews.quality.item_costs import Cost
from reviews.reports.costs_per_item import cost_per_item
from tasks.models import Batch, Question, Task

AGE = timedelta(minutes=15)
# So many in one run of the job, which comes every minute.
AT_ONCE = 200
OPEN = (Batch.State.CALIBRATING, Batch.State.RUNNING, Batch.State.PAUSED)


def refresh_due(now: datetime | None = None) -> int:
    """Compute the figures of open batches that have none or old ones; returns how many."""
    now = now or timezone.now()
    is_due = Q(figures=None) | Q(figures__computed_at__lte=now - AGE)
    due = Batch.objects.filter(is_due, state__in=OPEN)
    batches = list(due.order_by(F("figures__computed_at").asc(nulls_first=True), "pk")[:AT_ONCE])
    costs = cost_per_item(batches)
    for batch in batches:
        _store(batch, costs[batch.pk], now)
    return len(batches)


def refresh(batch: Batch, now: datetime | None = None) -> BatchFigures:
    """Compute the figures of one batch. Two at a time write the same."""
    return _store(batch, cost_per_item([batch])[batch.pk], now or timezone.now())


def _store(batch: Batch, cost: Cost, now: datetime) -> BatchFigures:
    waiting = _waiting(batch)
    values = {
        "computed_at": now,
        **_sums(batch),
        "cost_items": cost.accepted,
        "label_cost": cost.label,
        "review_cost": cost.review,
        "adjudicate_cost": cost.adjudicate,
        "estimated_units": cost.estimated_units,
        "unpriced_units": cost.unpriced_units,
        "review_since": waiting.get(Task.State.IN_REVIEW),
        "adjudication_since": waiting.get(Task.State.IN_ADJUDICATION),
        "question_since": _question_since(batch),
        "rejected_lot": _rejected_lot(batch),
    }
    found, _is_new = BatchFigures.objects.update_or_create(batch=batch, defaults=values)
    return found


def _sums(batch: Batch) -> dict[str, int]:
    items = ItemRollup.objects.filter(batch=batch).aggregate(
        assessed=Sum("assessed", default=0),
        sampled=Sum("sampled", default=0),
        wrong=Sum("wrong", default=0),
    )
    labels = PersonRollup.objects.filter(batch=batch).aggregate(
        accepted=Sum("accepted", default=0),
        fixed=Sum("fixed", default=0),
        rejected=Sum("rejected", default=0),
    )
    return items | labels


def _waiting(batch: Batch) -> dict[str, datetime]:
    """By state, since when the labels of its oldest task are in."""
    states = [Task.State.IN_REVIEW, Task.State.IN_ADJUDICATION]
    rows = batch.tasks.filter(state__in=states).order_by().values("state")
    oldest = rows.annotate(since=Min("labels_complete_at")).values_list("state", "since")
    return {state: since for state, since in oldest if since is not None}


def _question_since(batch: Batch) -> datetime | None:
    asked = Question.objects.filter(
        project=batch.project_id, task__batch=batch, state=Question.State.ASKED
    )
    return asked.aggregate(since=Min("asked_at"))["since"]


def _rejected_lot(batch: Batch) -> Lot | None:
    newest = Lot.objects.filter(batch=batch).defer("packed_members").order_by("-pk").first()
    return newest if newest and newest.state == Lot.State.REJECTED else None
