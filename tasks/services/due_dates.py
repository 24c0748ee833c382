"""Tells managers of batches whose date comes near, and of those whose date has passed."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from labelops.notices.kinds import Kind
from labelops.notices.services.notices import notify, was_told
from tasks.access import managers_of
from tasks.models import Batch

SOON = timedelta(days=2)


def tell_due(*, now: datetime | None = None) -> int:
    """Each date is told of twice at most: before it and after. Another date is told of anew."""
    now = now or timezone.now()
    due = Batch.objects.filter(due_at__lte=now + SOON).order_by("pk")
    unfinished = due.exclude(state__in=[Batch.State.DRAFT, Batch.State.CLOSED])
    return sum(_tell(batch_id, now) for batch_id in unfinished.values_list("pk", flat=True))


def _tell(batch_id: int, now: datetime) -> bool:
    """Under the lock of the batch, so that two runs at once tell it once."""
    with transaction.atomic():
        locked = Batch.objects.select_for_update(of=("self",), no_key=True)
        batch = locked.select_related("project").get(pk=batch_id)
        if batch.due_at is None or batch.state in {Batch.State.DRAFT, Batch.State.CLOSED}:
            return False
        kind = Kind.BATCH_OVERDUE if batch.due_at < now else Kind.BATCH_DUE
        occasion = batch.due_at.date().isoformat()
        if was_told(kind, batch, occasion):
            return False
        parameters = {
            "project": batch.project.name,
            "batch": batch.name,
            "batch_id": batch.pk,
            "due_at": batch.due_at.isoformat(),
        }
        managers = managers_of(batch.project)
        notify(managers, kind, about=batch, occasion=occasion, parameters=parameters, now=now)
    return True
