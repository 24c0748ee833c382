"""Empties the bin: what was deleted 30 days ago goes for good, rows and files, in bounded chunks.

First it is said that there is no way back, then files go before the rows that know of them, then
rows in the order of the foreign keys: whoever is killed anywhere leaves what the next run finds.
Audit events stay, and so do the statements and rates by which people were paid, with the bare rows
of the project and the batches that they name. Items that a frozen dataset version names stay with
it, in the bin, unseen, as long as their project; with the whole project its versions go, too.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime

from django.db import models, transaction
from django.db.models import Count, Sum
from django.utils import timezone

from labelops.audit.services import record
from labelops.jobs.models import Job
from labelops.media import storage
from tasks.models import (
    Annotation,
    Assignment,
    Deletion,
    InstructionPicture,
    Item,
    Project,
    Stage,
    Transfer,
    Upload,
)
from tasks.models.projects import KEPT_IN_BIN
from tasks.services import kept_items, tallies
from tasks.services.media import drop_image
from tasks.services.row_removal import remove, remove_below
from tasks.signals import items_purging

CHUNK = 100
# Of one night; what is left waits for the next.
SECONDS = 4 * 60 * 60
State = Assignment.State


def purge(*, now: datetime | None = None, seconds: float = SECONDS) -> int:
    """Remove what has been in the bin for 30 days. Returns how many items."""
    now, end = now or timezone.now(), time.monotonic() + seconds
    over = now - KEPT_IN_BIN
    projects = Project.everything.filter(deleted_at__lte=over, purge_ended_at=None)
    count = sum(
        _purge_project(project.pk, end) for project in list(projects.order_by("deleted_at"))
    )
    due = Deletion.objects.filter(restored_at=None, purge_ended_at=None, deleted_at__lte=over)
    ids = list(due.order_by("deleted_at").values_list("pk", flat=True))
    return count + sum(_purge_deletion(pk, end) for pk in ids)


def _purge_project(project_id: int, end: float) -> int:
    rows = Project.everything.filter(pk=project_id, deleted_at__isnull=False)
    project = _begin(rows)
    if project is None:
        return 0
    items = Item.everything.filter(project=project)
    count = _purge_items(items, end, is_whole=True)
    if time.monotonic() >= end:
        return count
    for key in _files(project):
        storage.delete(key)
    remove_below(Project, [project.pk])
    with transaction.atomic():
        standing = Project.everything.filter(pk=project.pk, purge_ended_at=None)
        if not standing.select_for_update(of=("self",)).exists():
            return count
        jobs = Job.objects.filter(project_id=project.pk)
        remove(Job, list(jobs.values_list("pk", flat=True)))
        remove(Project, [project.pk])
        Project.everything.filter(pk=project.pk).update(purge_ended_at=timezone.now())
        facts = {"slug": project.slug, "name": project.name}
        record(None, "project.purged", project, before=facts)
    return count


def _purge_deletion(deletion_id: int, end: float) -> int:
    deletion = _begin(Deletion.objects.filter(pk=deletion_id, restored_at=None))
    if deletion is None:
        return 0
    count = _purge_items(Item.everything.filter(deletion=deletion), end, is_whole=False)
    if time.monotonic() < end:
        with transaction.atomic():
            standing = Deletion.objects.filter(pk=deletion.pk, purge_ended_at=None)
            if standing.update(purge_ended_at=timezone.now()):
                record(None, "items.purged", deletion, after={"count": count})
    return count


def _begin(rows: models.QuerySet) -> models.Model | None:
    """Under its lock, so that a restore comes before or is refused."""
    with transaction.atomic():
        found = rows.select_for_update(of=("self",)).first()
        if found is not None and found.purge_begun_at is None:
            found.purge_begun_at = timezone.now()
            found.save(update_fields=["purge_begun_at"])
    return found


def _purge_items(rows: models.QuerySet[Item], end: float, *, is_whole: bool) -> int:
    """Of a whole project nothing is kept for its frozen versions."""
    count, last = 0, 0
    while time.monotonic() < end:
        after = rows.filter(pk__gt=last).order_by("pk")
        chunk = dict(after.values_list("pk", "media_key")[:CHUNK])
        if not chunk:
            break
        last = max(chunk)
        for pk in set() if is_whole else kept_items.kept_of(list(chunk)):
            del chunk[pk]
        # Each item has files of its own.
        for key in filter(None, chunk.values()):
            drop_image(key)
        with transaction.atomic():
            # What another run has removed meanwhile is not uncounted a second time.
            found = Item.everything.filter(pk__in=list(chunk)).order_by("pk").select_for_update()
            ids = list(found.values_list("pk", flat=True))
            _uncount(ids)
            if not is_whole:
                items_purging.send(Item, item_ids=ids)
            remove(Item, ids)
        count += len(ids)
    return count


def _uncount(item_ids: list[int]) -> None:
    """The counts of people's work are of rows that there are."""
    counts: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    made = Annotation.everything.filter(task__item__in=item_ids).order_by()
    for batch, person, count, active_ms in made.values_list("task__batch", "author").annotate(
        count=Count("pk"), active=Sum("active_ms")
    ):
        counts[batch, person].update(annotation_count=-count, active_ms=-(active_ms or 0))
    slots = Assignment.objects.filter(task__item__in=item_ids).order_by()
    given_up = {
        "skip_count": slots.filter(state=State.SKIPPED, stage=Stage.ANNOTATE),
        "expired_count": slots.filter(state=State.EXPIRED),
    }
    for name, ended in given_up.items():
        for batch, person, count in ended.values_list("batch", "annotator").annotate(
            count=Count("pk")
        ):
            counts[batch, person][name] -= count
    for (batch, person), changes in sorted(counts.items()):
        tallies.add(batch, person, **changes)


def _files(project: Project) -> Iterator[str]:
    """The keys of all files of a project but those of its items."""
    yield from InstructionPicture.objects.filter(project=project).values_list(
        "media_key", flat=True
    )
    uploads = Upload.objects.filter(project=project).exclude(key="")
    yield from uploads.values_list("key", flat=True)
    for transfer in Transfer.objects.filter(project=project).only("file_key", "rejected"):
        if transfer.file_key:
            yield transfer.file_key
        if transfer.rejected:
            yield transfer.rejected["key"]
