"""The outbox: what webhooks are to be told, written in the transaction of what it tells of."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from labelops.prepared import PreparedQuery
from labelops.webhooks.events import Told
from labelops.webhooks.models import Delivery, Webhook

KEPT = timedelta(days=30)
# No transaction is as old as that: nobody notes an event any more for what was deleted before.
DELETED_KEPT = timedelta(days=1)
PURGED_AT_ONCE = 5_000
FACT_LENGTH = 64 * 1024


def _listening(project: int) -> models.QuerySet[Webhook]:
    standing = Webhook.objects.standing().filter(
        project=project, project__deleted_at=None, is_active=True
    )
    return standing.select_related("project").order_by("pk")


# Accepting a label asks this each time.
_webhooks = PreparedQuery(_listening)


def tell(project_id: int, event: Told, facts: dict[str, Any]) -> None:
    """Note an event for every webhook of the project that wants it.

    Call it in the transaction of the change: what is rolled back is never told. One indexed look
    while the project has no webhook, one statement more where it has.
    """
    wanted = [hook for hook in _webhooks.fetch(project=project_id) if event in hook.events]
    if wanted:
        now, facts = timezone.now(), _without_large(facts)
        Delivery.objects.bulk_create([note(hook, event, facts, now=now) for hook in wanted])


def _without_large(facts: dict[str, Any]) -> dict[str, Any]:
    """Masks of a large image would fill the outbox: whoever wants them exports them."""
    large = [name for name, value in facts.items() if len(json.dumps(value)) > FACT_LENGTH]
    if not large:
        return facts
    return {name: facts[name] for name in facts if name not in large} | {"left_out": large}


def note(webhook: Webhook, event: str, facts: dict[str, Any], *, now: datetime) -> Delivery:
    """An unsaved delivery that is due at once."""
    return Delivery(
        webhook=webhook,
        event=event,
        payload={
            "event": event,
            "project": webhook.project.slug,
            "happened_at": now.isoformat(),
            "facts": facts,
        },
        next_attempt_at=now,
        created_at=now,
    )


def purge(*, now: datetime | None = None) -> int:
    """Delete old deliveries, whatever became of them, and what is left of deleted webhooks."""
    now = now or timezone.now()
    old = Delivery.objects.filter(created_at__lt=now - KEPT).order_by("created_at")
    count = 0
    while ids := list(old.values_list("pk", flat=True)[:PURGED_AT_ONCE]):
        Delivery.objects.filter(pk__in=ids).delete()
        count += len(ids)
    Webhook.objects.filter(deleted_at__lt=now - DELETED_KEPT).delete()
    return count
