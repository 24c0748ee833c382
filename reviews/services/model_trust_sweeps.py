"""Gathers the evidence of models and assesses whom it concerns. It may run twice, and at once."""

from datetime import datetime

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from reviews.models import ModelStanding
from reviews.services import model_checks, model_replays, model_trust
from tasks.models import InstructionVersion

CHUNK = 200


def weigh(*, now: datetime | None = None) -> int:
    """What changed since, and what new versions say of older labels. Returns how many classes."""
    now = now or timezone.now()
    model_checks.check_noted()
    model_replays.replay_due(now=now)
    return _assess(_due(), now)


def weigh_all(*, now: datetime | None = None) -> int:
    """Every class of every version at work: what nobody noted is seen once a night."""
    now = now or timezone.now()
    model_checks.check_noted()
    model_replays.replay_due(now=now, everything=True)
    return _assess(_at_work(), now)


def _at_work() -> QuerySet[ModelStanding]:
    return ModelStanding.objects.filter(model_version__stopped_at__isnull=True)


def _due() -> QuerySet[ModelStanding]:
    """Whose checks changed, or whose rules did."""
    published = InstructionVersion.objects.filter(
        project=OuterRef("model_version__project"), state=InstructionVersion.State.PUBLISHED
    )
    rows = _at_work().annotate(breaking=Subquery(published.values("breaking_number")[:1]))
    return rows.filter(Q(is_due=True) | Q(breaking__gt=F("rule_number")))


def _assess(rows: QuerySet[ModelStanding], now: datetime) -> int:
    count, after = 0, 0
    while True:
        chunk = list(
            rows.filter(pk__gt=after).select_related("model_version").order_by("pk")[:CHUNK]
        )
        for standing in chunk:
            version, label = standing.model_version, standing.label
            count += model_trust.assess(version, label, now=now) is not None
        if len(chunk) < CHUNK:
            return count
        after = chunk[-1].pk
