"""The counts that pages show of a batch, recounted from its tasks."""

from datetime import datetime

from django.db.models import Count, F, Q
from django.utils import timezone

from tasks.models import Annotation, Batch, BatchProgress, Task


def refresh_progress(batch: Batch, *, now: datetime | None = None) -> BatchProgress:
    """Recount one batch; idempotent, so that a job may run it at any time."""
    counts = dict(
        Task.objects.filter(batch=batch)
        .order_by()
        .values_list("state")
        .annotate(task_count=Count("pk"))
    )
    values = {f"{state}_count": counts.get(state, 0) for state in Task.State.values}
    progress, _created = BatchProgress.objects.update_or_create(
        batch=batch,
        defaults={
            **values,
            "task_count": sum(counts.values()),
            "annotation_count": Annotation.objects.filter(task__batch=batch).count(),
            "counted_at": now or timezone.now(),
        },
    )
    return progress


def refresh_unfinished(*, now: datetime | None = None) -> int:
    """Recount every batch whose figures can still change."""
    batches = Batch.objects.filter(
        Q(state=Batch.State.RUNNING)
        | Q(progress__isnull=True)
        | Q(progress__accepted_count__lt=F("progress__task_count"))
    )
    for batch in batches:
        refresh_progress(batch, now=now)
    return len(batches)
