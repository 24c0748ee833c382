"""Takes the items of an import out again, as long as nobody has worked on them.

It is a transfer of its own, so it shows its progress, is resumed and can be stopped as any other.
What somebody began to work on meanwhile stays, and is counted.
"""

from collections import Counter
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict
from labelops.jobs.models import Job
from labelops.jobs.services import create_job, save_progress
from tasks.models import (
    Assignment,
    GoldItem,
    Item,
    ItemReport,
    Prediction,
    Question,
    ReservedItem,
    Ruling,
    Task,
    Transfer,
)
from tasks.services import tallies
from tasks.services.archiving import lock_project
from tasks.services.media import drop_image

KIND = "import_undo"
CHUNK = 500
# What stands for use of an item, beside work on its tasks.
USES = (GoldItem, ItemReport, Prediction, Question, ReservedItem)


def can_undo(transfer: Transfer) -> bool:
    """Whether an import has ended, has items, and is not being taken back at this moment."""
    return (
        transfer.direction == Transfer.Direction.IMPORT
        and transfer.job.is_finished
        and transfer.imported_items.exists()
        and not transfer.undone_by.filter(job__state__in=Job.UNFINISHED).exists()
    )


def start_undo(transfer: Transfer, *, by: User) -> Transfer:
    """Queue the removal of all items of the import. The caller wakes it.

    Raises Conflict when it cannot be undone, or when work on one of its items has begun.
    """
    with transaction.atomic():
        lock_project(transfer.project_id)
        # Under this lock nobody starts a second one.
        transfer = Transfer.objects.select_for_update(of=("self",)).get(pk=transfer.pk)
        if not can_undo(transfer):
            raise Conflict(
                _("There is nothing of this import that can be taken back now."),
                code="cannot_undo",
            )
        begun = transfer.imported_items.filter(_in_use()).order_by("pk").first()
        if begun:
            raise Conflict(
                _("Work on “%(item)s” has begun, so this import stays.")
                % {"item": begun.external_id},
                code="work_began",
                hint=_("Items that nobody should label any more can be excluded one by one."),
            )
        undo = Transfer.objects.create(
            project=transfer.project,
            direction=Transfer.Direction.UNDO,
            format=transfer.format,
            undoes=transfer,
            job=create_job(KIND, {}, by=by),
            file_name=transfer.file_name,
        )
        record(by, "import.undo_started", transfer)
    return undo


def run_undo(job: Job) -> None:
    """Remove chunk by chunk; called again after a crash it goes on behind the last one."""
    undo = job.transfer
    assert undo.undoes is not None
    items = undo.undoes.imported_items.order_by("pk")
    if job.total_count is None:
        job.total_count = items.count()
    while True:
        # Of a chunk whose rows are gone for sure, perhaps by a run that was killed since.
        for key in job.cursor.get("files", []):
            drop_image(key)
        ids = list(
            items.filter(pk__gt=job.cursor.get("after", 0)).values_list("pk", flat=True)[:CHUNK]
        )
        if not ids:
            break
        with transaction.atomic():
            files = _remove(ids)
            job.done_count += len(ids)
            job.result["removed"] = job.result.get("removed", 0) + len(files)
            job.result["kept"] = job.done_count - job.result["removed"]
            job.cursor = {"after": ids[-1], "files": [key for key in files if key]}
            save_progress(job)
    counts = {name: job.result.get(name, 0) for name in ("removed", "kept")}
    with transaction.atomic():
        job.cursor = {**job.cursor, "files": []}
        record(job.created_by, "import.undone", undo.undoes, after=counts)
        save_progress(job)


def _remove(ids: list[int]) -> list[str]:
    """Delete those of the items that nobody uses; returns the keys of their files, empty ones too.

    Slots and tasks are locked in the order of every other, so that nobody takes one meanwhile.
    """
    slots = Assignment.objects.filter(task__item__in=ids)
    list(slots.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    tasks = Task.objects.filter(item__in=ids)
    list(tasks.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    unused = dict(Item.objects.filter(~_in_use(), pk__in=ids).values_list("pk", "media_key"))
    slots.filter(task__item__in=unused).delete()
    gone = tasks.filter(item__in=unused)
    for batch, count in Counter(gone.order_by().values_list("batch", flat=True)).items():
        tallies.add(batch, None, pending_count=-count)
    gone.delete()
    Item.objects.filter(pk__in=unused).delete()
    return list(unused.values())


def _in_use() -> Q:
    """A condition on items: somebody works or worked on them, or they serve for something else."""
    of_item: dict[str, Any] = {"item": OuterRef("pk")}
    # A slot that nobody had may have been revoked for there being too many.
    never_had = Q(state=Assignment.State.OPEN) | Q(state=Assignment.State.REVOKED, annotator=None)
    worked = Assignment.objects.filter(task__item=OuterRef("pk")).exclude(never_had)
    moved = Task.objects.filter(**of_item).exclude(state=Task.State.PENDING)
    condition = Q(Exists(worked)) | Q(Exists(moved))
    for listed in (Ruling.items, Question.others):
        condition |= Q(Exists(listed.through.objects.filter(**of_item)))
    for model in USES:
        condition |= Q(Exists(model.objects.filter(**of_item)))
    return condition
