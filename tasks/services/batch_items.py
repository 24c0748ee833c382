"""The items of a batch: which ones it may take up, and their tasks with open slots."""

from collections.abc import Iterable, Iterator
from itertools import islice

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import JobStopped
from tasks.models import WORK_STATES, Assignment, Batch, Item, Project, ReservedItem, Task
from tasks.services import slots, tallies
from tasks.services.batches import lock_batch, lock_to_change, require_not_filling, require_open

CHUNK = 500


def items_without_batch(project: Project) -> QuerySet[Item]:
    """Items that no batch of the project has taken up yet."""
    taken = Task.objects.filter(item=OuterRef("pk"), state__in=WORK_STATES)
    return _items_for_work(project.pk).exclude(Exists(taken))


def items_lacking(batch: Batch) -> QuerySet[Item]:
    """Items of the project that are not in this batch."""
    present = Task.objects.filter(item=OuterRef("pk"), batch=batch, state__in=WORK_STATES)
    return _items_for_work(batch.project_id).exclude(Exists(present))


def _items_for_work(project_id: int) -> QuerySet[Item]:
    """Without those that teach or measure: what somebody was shown, nobody should be asked."""
    teaches = ReservedItem.objects.filter(item=OuterRef("pk"))
    return Item.objects.filter(project=project_id).exclude(Exists(teaches))


@transaction.atomic
def add_items(batch: Batch, items: Iterable[int] | None = None, *, by: User) -> int:
    """Put items, by id, into the batch with their open slots; without ids, every item it lacks.

    All at once, so that people get none or all of them. Items that are in it already are passed
    over. Returns how many were added; raises Conflict while a job fills the batch.
    """
    batch = lock_to_change(batch)
    require_open(batch)
    require_not_filling(batch)
    source = _missing_items(batch) if items is None else iter(dict.fromkeys(items))
    return sum(_add_chunk(batch, ids, by=by) for ids in _chunks(source))


@transaction.atomic
def add_filled(batch: Batch, items: Iterable[int], *, job: Job) -> int:
    """The same, for the job that fills the batch: its items wait until `batch_filling.finish`."""
    batch = lock_batch(batch)
    require_open(batch)
    if batch.filling_id != job.pk:
        raise JobStopped
    source = iter(dict.fromkeys(items))
    return sum(_add_chunk(batch, ids, by=job.created_by) for ids in _chunks(source))


def _missing_items(batch: Batch) -> Iterator[int]:
    lacking = items_lacking(batch).order_by("pk")
    last = 0
    while ids := list(lacking.filter(pk__gt=last).values_list("pk", flat=True)[:CHUNK]):
        yield from ids
        last = ids[-1]


def _chunks(ids: Iterator[int]) -> Iterator[list[int]]:
    while chunk := list(islice(ids, CHUNK)):
        yield chunk


def _add_chunk(batch: Batch, ids: list[int], *, by: User | None) -> int:
    known = set(
        Item.objects.filter(project=batch.project_id, pk__in=ids).values_list("pk", flat=True)
    )
    if len(known) < len(ids):
        raise DomainError(
            _("%(count)d of the items do not belong to this project.")
            % {"count": len(ids) - len(known)},
            code="unknown_item",
            field="items",
        )
    present = Task.objects.filter(batch=batch, item__in=ids, state__in=WORK_STATES).values_list(
        "item", flat=True
    )
    taught = ReservedItem.objects.filter(item__in=ids).values_list("item", flat=True)
    missing = known.difference(present, taught)
    tasks = Task.objects.bulk_create(
        Task(batch=batch, item_id=item_id, labels_missing=batch.overlap)
        for item_id in ids
        if item_id in missing
    )
    Assignment.objects.bulk_create(
        slot for task in tasks for slot in slots.fresh_slots(task, batch.overlap)
    )
    tallies.add(batch.pk, None, pending_count=len(tasks))
    if tasks:
        record(by, "batch.items_added", batch, after={"count": len(tasks)})
    return len(tasks)
