"""Puts a whole source of items into a batch: few at once, many as background work."""

from dataclasses import dataclass

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import User
from labelops.jobs.models import Job
from labelops.jobs.services import create_job, save_progress
from tasks.models import Batch, Item
from tasks.services import batch_items, batches

KIND = "fill_batch"
AT_ONCE = 5_000


class Source(models.TextChoices):
    """Which items go into a batch."""

    NEW = "new", _("Items that are in no batch yet")
    ALL = "all", _("All items of the project")
    NONE = "none", _("None for now")


@dataclass(frozen=True)
class Filling:
    """How many items went in at once, or the job that adds them: its caller must wake it."""

    count: int = 0
    job: Job | None = None


def fill(batch: Batch, source: str, *, by: User) -> Filling:
    """Add the items of a source. Raises Conflict when the batch is closed."""
    batches.require_open(batch)
    ids = list(_lacking(batch, source)[: AT_ONCE + 1])
    if len(ids) <= AT_ONCE:
        return Filling(count=batch_items.add_items(batch, ids, by=by))
    with transaction.atomic():
        payload = {"batch": batch.pk, "source": source}
        return Filling(job=create_job(KIND, payload, by=by, project_id=batch.project_id))


def is_filling(batch: Batch) -> bool:
    unfinished = Job.objects.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])
    return unfinished.filter(kind=KIND, payload__batch=batch.pk).exists()


def run_filling(job: Job) -> None:
    """Add what is lacking chunk by chunk; called again after a crash it goes on where it was."""
    batch = Batch.objects.get(pk=job.payload["batch"])
    lacking = _lacking(batch, job.payload["source"])
    job.total_count = job.done_count + lacking.count()
    last = 0
    while ids := list(lacking.filter(pk__gt=last)[: batch_items.CHUNK]):
        with transaction.atomic():
            job.done_count += batch_items.add_items(batch, ids, by=job.created_by)
            save_progress(job)
        last = ids[-1]


def _lacking(batch: Batch, source: str) -> models.QuerySet[Item, int]:
    rows = {
        Source.NEW: batch_items.items_without_batch(batch.project),
        Source.ALL: batch_items.items_lacking(batch),
        Source.NONE: Item.objects.none(),
    }[Source(source)]
    return rows.order_by("pk").values_list("pk", flat=True)
