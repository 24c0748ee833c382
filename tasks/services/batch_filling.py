"""Puts a whole source of items into a batch: few at once, many as background work.

A job adds its items chunk by chunk, since a million of them in one transaction would be a minute of
locks. So that people get none or all of them, the batch remembers the number of the first slot
(`fresh_below`): hand-out ends its walk there. One update of the batch's row opens them all.
The fresh slots from that number on belong to one filling alone: a second one waits, and what
people add by hand meanwhile is refused. A filling that is cancelled or fails is taken out again.
"""

from dataclasses import dataclass

from django.db import models, transaction
from django.db.models import Exists, Max, OuterRef
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.jobs.models import Job
from labelops.jobs.services import JobPostponed, create_job, save_progress
from tasks.models import Assignment, Batch, Item, Precedence, Task
from tasks.services import batch_items, batches, tallies
from tasks.services.archiving import require_live

KIND = "fill_batch"
AT_ONCE = 5_000
CHUNKS_TAKEN_OUT = 40
UNFINISHED_ENDS = (Job.State.FAILED, Job.State.CANCELLED)


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
    require_live(batch.project)
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


def begin(batch: Batch, job: Job) -> None:
    """From now on what is new in the batch waits for the end of the job. It may be called again.

    Raises Conflict when the batch is closed, JobPostponed while another job fills it.
    """
    with transaction.atomic():
        batch = batches.lock_batch(batch)
        batches.require_open(batch)
        if batch.filling_id == job.pk:
            return
        if batch.filling_id is not None:
            raise JobPostponed
        last = Assignment.objects.aggregate(last=Max("pk"))["last"] or 0
        batch.filling, batch.fresh_below = job, last + 1
        batch.save(update_fields=["filling", "fresh_below"])


def finish(job: Job) -> None:
    """Hand out all that the job has added, or none where it filled no batch."""
    Batch.objects.filter(filling=job).update(filling=None, fresh_below=None)


def take_out_abandoned() -> int:
    """Remove what cancelled and failed fillings added, some at a time. Returns how many tasks."""
    count = 0
    for batch in Batch.objects.filter(filling__state__in=UNFINISHED_ENDS).order_by("pk"):
        for _chunk in range(CHUNKS_TAKEN_OUT):
            with transaction.atomic():
                removed = _take_out_chunk(batches.lock_batch(batch))
            count += removed
            if not removed:
                break
    return count


def _take_out_chunk(batch: Batch) -> int:
    """Nobody was given these tasks; what a manager has decided on meanwhile stays."""
    if batch.filling is None or batch.filling.state not in UNFINISHED_ENDS:
        return 0
    slots = Assignment.objects.filter(task=OuterRef("pk"))
    others = slots.exclude(pk__gte=batch.fresh_below, precedence=Precedence.FRESH, annotator=None)
    added = batch.tasks.filter(~Exists(others), state=Task.State.PENDING)
    ids = list(added.order_by("-pk").values_list("pk", flat=True)[: batch_items.CHUNK])
    if not ids:
        finish(batch.filling)
        return 0
    # Locked in the order of every other, as when an import is taken back at the same moment.
    rows = Assignment.objects.filter(task__in=ids)
    list(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    rows.delete()
    Task.objects.filter(pk__in=ids).delete()
    tallies.add(batch.pk, None, pending_count=-len(ids))
    record(None, "batch.items_removed", batch, after={"count": len(ids)})
    return len(ids)


def run_filling(job: Job) -> None:
    """Add what is lacking chunk by chunk; called again after a crash it goes on where it was."""
    batch = Batch.objects.get(pk=job.payload["batch"])
    begin(batch, job)
    lacking = _lacking(batch, job.payload["source"])
    job.total_count = job.done_count + lacking.count()
    last = 0
    while ids := list(lacking.filter(pk__gt=last)[: batch_items.CHUNK]):
        with transaction.atomic():
            job.done_count += batch_items.add_filled(batch, ids, job=job)
            save_progress(job)
        last = ids[-1]
    with transaction.atomic():
        finish(job)
        save_progress(job)


def _lacking(batch: Batch, source: str) -> models.QuerySet[Item, int]:
    rows = {
        Source.NEW: batch_items.items_without_batch(batch.project),
        Source.ALL: batch_items.items_lacking(batch),
        Source.NONE: Item.objects.none(),
    }[Source(source)]
    return rows.order_by("pk").values_list("pk", flat=True)
