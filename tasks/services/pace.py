"""Keeps what follows from the pace and size of a batch: lease time, work left, one's share."""

from datetime import timedelta
from statistics import median

from django.utils import timezone

from tasks.models import Annotation, Batch
from tasks.services import caps

SAMPLE = 200
MEDIANS_PER_LEASE = 5
LEASE_RANGE = (timedelta(minutes=10), timedelta(minutes=90))
DEFAULT_TIME = timedelta(minutes=1)
RECENTLY = timedelta(hours=24)


def refresh_running() -> int:
    """Bring the running batches up to date."""
    running = list(Batch.objects.filter(state=Batch.State.RUNNING).prefetch_related("tallies"))
    for batch in running:
        refresh(batch)
    return len(running)


def refresh(batch: Batch) -> None:
    """A lease lasts five median active times of the newest answers, 10 to 90 minutes.

    The work left is the time that the labels of all unfinished tasks take the people who answered
    in the last day. Both come from at most 200 answers. Those of a batch that rests lie far back
    among the answers of all others, so they are not looked for again while nothing happens in it.
    """
    progress = batch.progress
    unfinished = progress.pending_count + progress.labeling_count + progress.rework_count
    counts = [progress.annotation_count, unfinished, batch.overlap]
    share_limit = caps.share_limit(batch)
    if batch.paced_counts == counts:
        if share_limit != batch.share_limit:
            Batch.objects.filter(pk=batch.pk).update(share_limit=share_limit)
        return
    newest = list(
        Annotation.objects.filter(assignment__batch=batch)
        .order_by("-pk")
        .values_list("active_ms", "author", "submitted_at")[:SAMPLE]
    )
    times = [timedelta(milliseconds=active) for active, _author, _at in newest if active]
    since = timezone.now() - RECENTLY
    crew = {author for _active, author, at in newest if at >= since}
    usual = median(times) if times else DEFAULT_TIME
    lease_time = Batch._meta.get_field("lease_time").default
    if times:
        shortest, longest = LEASE_RANGE
        lease_time = min(longest, max(shortest, MEDIANS_PER_LEASE * usual))
    Batch.objects.filter(pk=batch.pk).update(
        lease_time=lease_time,
        work_left=unfinished * batch.overlap * usual / max(1, len(crew)),
        share_limit=share_limit,
        paced_counts=counts,
    )
