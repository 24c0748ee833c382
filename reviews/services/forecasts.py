"""Keeps the forecast of each running batch; pages read the stored ones and show their age."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from reviews.models import BatchForecast
from reviews.quality.forecast import SEED, Forecast, WhatIf, forecast
from reviews.quality.working_days import working_days
from reviews.services.forecast_facts import Facts, read_facts
from tasks.models import Batch

# Of one sweep: some ten seconds of work.
BATCHES_MOST = 200
USUAL_DAYS = 10
AGE = timedelta(minutes=15)


def refresh_outdated(*, now: datetime | None = None, most: int = BATCHES_MOST) -> int:
    """Foretell the running batches in which something changed, the longest unseen first."""
    now = now or timezone.now()
    running = (
        Batch.objects.filter(state=Batch.State.RUNNING)
        .select_related("forecast")
        .defer("forecast__fan")
        .prefetch_related("tallies")
        .order_by(F("forecast__computed_at").asc(nulls_first=True), "pk")
    )
    outdated = [batch for batch in running if _is_outdated(batch, now)][:most]
    for batch in outdated:
        refresh(batch, now=now)
    return len(outdated)


def refresh(batch: Batch, *, now: datetime | None = None) -> BatchForecast:
    """Compute and store; doing it twice changes nothing but the time."""
    now = now or timezone.now()
    facts = read_facts(batch, _day(now))
    found = _foretold(batch, facts, _day(now), WhatIf())
    stored, _is_new = BatchForecast.objects.update_or_create(
        batch=batch,
        defaults={
            **columns_of(found),
            "computed_at": now,
            "inputs": _inputs(facts, found),
            "basis": _basis(batch, now),
        },
    )
    return stored


def what_if(batch: Batch, change: WhatIf, *, now: datetime | None = None) -> Forecast:
    """The forecast with other people, reviewers or another overlap; nothing is stored."""
    today = _day(now or timezone.now())
    return _foretold(batch, read_facts(batch, today), today, change)


def _foretold(batch: Batch, facts: Facts, today: date, change: WhatIf) -> Forecast:
    if change.overlap:
        # An overlap in labels asked for; the flow's own also holds gold and further labels.
        change = WhatIf(
            change.people, change.review, change.overlap * facts.flow.overlap / batch.overlap
        )
    return forecast(
        facts.history,
        facts.stock,
        facts.flow,
        today=today,
        due=None if batch.due_at is None else _day(batch.due_at),
        others=facts.others,
        change=change,
        seed=SEED + batch.pk,
    )


def _is_outdated(batch: Batch, now: datetime) -> bool:
    """At once where nothing was foretold yet, else a quarter of an hour after the last time."""
    stored = getattr(batch, "forecast", None)
    if stored is None:
        return True
    return now - stored.computed_at >= AGE and stored.basis != _basis(batch, now)


def _basis(batch: Batch, now: datetime) -> dict[str, Any]:
    """What a forecast depends on, as far as the batch itself tells. Every day is a new one."""
    return {
        "day": _day(now).isoformat(),
        "counts": BatchForecast.counts_of(batch),
        "terms": [batch.overlap, batch.overlap_max, batch.review_percent],
        "due": None if batch.due_at is None else batch.due_at.isoformat(),
    }


def columns_of(found: Forecast) -> dict[str, Any]:
    names = ("earliest", "early", "likely", "late", "latest")
    days = found.finish or (None,) * len(names)
    return {
        **dict(zip(names, days, strict=True)),
        "on_time": found.on_time,
        "beyond": found.beyond,
        "bottleneck": found.bottleneck or "",
        "days_lacking": found.days_lacking,
        "fan": [[point.day.isoformat(), list(point.accepted)] for point in found.fan],
    }


def _inputs(facts: Facts, found: Forecast) -> dict[str, Any]:
    """What it rests on, in figures that a person can check."""
    usual = working_days(facts.history)[-USUAL_DAYS:]
    flow = facts.flow
    return {
        "worked_days": found.worked_days,
        "is_borrowed": found.is_borrowed,
        "labels_a_day": _mean([day.labels for day in usual]),
        "reviews_a_day": _mean([day.reviews for day in usual]),
        "labels_a_task": round(flow.overlap, 2),
        "labels_missing": facts.stock.labels_missing,
        "in_review": facts.stock.in_review,
        "on_hold": facts.stock.on_hold,
        "reviewed": flow.reviewed,
        "rejected": flow.rejected,
        "stages": dict(found.stages),
    }


def _mean(counts: list[int]) -> float:
    return round(sum(counts) / len(counts), 1) if counts else 0.0


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
