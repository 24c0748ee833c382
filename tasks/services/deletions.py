"""Deletes items into the bin and restores them: few at once, many as a job.

An item in the bin says so itself (`Item.deletion`), and `Item.objects` leaves it out everywhere;
its tasks are set aside. A job walks its items by key, in chunks, and may be killed anywhere.
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record, record_each
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import create_job, save_progress
from tasks.models import Deletion, Item, Project
from tasks.services.archiving import lock_project
from tasks.services.checks import REASON_LENGTH, check_words
from tasks.services.item_selection import Selection
from tasks.services.setting_aside import put_back, set_aside

DELETE, RESTORE = "delete_items", "restore_items"
AT_ONCE = 200
CHUNK = 200


def delete(project: Project, selection: Selection, *, reason: str, by: User) -> Deletion:
    """Put items into the bin. With a job, the caller must wake it.

    Raises DomainError without a reason or without items, Conflict when the project is not live.
    """
    reason = check_words(reason, REASON_LENGTH, field="reason")
    with transaction.atomic():
        project = lock_project(project.pk)
        ids = list(
            selection.rows(project).order_by("pk").values_list("pk", flat=True)[: AT_ONCE + 1]
        )
        if not ids:
            raise DomainError(_("Choose at least one item."), code="no_items", field="items")
        deletion = Deletion.objects.create(
            project=project, reason=reason, deleted_by=by, deleted_at=timezone.now()
        )
        record(by, "items.deleted", deletion, reason=reason)
        if len(ids) <= AT_ONCE:
            _delete_chunk(deletion, ids)
        else:
            payload = {"deletion": deletion.pk, "selection": selection.as_payload()}
            _give_job(deletion, DELETE, payload, by=by)
    return deletion


def restore(deletion: Deletion, *, by: User) -> Deletion:
    """Bring all its items back, as they were. With a job, the caller must wake it.

    Raises Conflict `purge_begun`, or `restored_already`.
    """
    with transaction.atomic():
        lock_project(deletion.project_id)
        deletion = _lock(deletion.pk)
        if deletion.purge_begun_at is not None:
            raise Conflict(
                _("These items are being deleted for good: their 30 days are over."),
                code="purge_begun",
            )
        if deletion.restored_at is not None:
            raise Conflict(_("These items were restored already."), code="restored_already")
        # A job that is still deleting sees this before its next chunk.
        deletion.restored_at, deletion.restored_by = timezone.now(), by
        deletion.save(update_fields=["restored_at", "restored_by"])
        record(by, "items.restored", deletion)
        ids = list(_in_bin(deletion).values_list("pk", flat=True)[: AT_ONCE + 1])
        if len(ids) <= AT_ONCE:
            _restore_chunk(deletion, ids)
        else:
            _give_job(deletion, RESTORE, {"deletion": deletion.pk}, by=by)
    return deletion


def run_deleting(job: Job) -> None:
    """Called again after a crash it goes on behind its last chunk."""
    deletion = Deletion.objects.select_related("project").get(pk=job.payload["deletion"])
    selection = Selection.of_payload(job.payload["selection"])
    rows = selection.rows(deletion.project).order_by("pk").values_list("pk", flat=True)
    if job.total_count is None:
        job.total_count = rows.count()
    while ids := list(rows.filter(pk__gt=job.cursor.get("after", 0))[:CHUNK]):
        with transaction.atomic():
            deletion = _lock(deletion.pk)
            if deletion.restored_at is not None:
                break
            job.done_count += _delete_chunk(deletion, ids)
            job.cursor = {"after": ids[-1]}
            save_progress(job)


def run_restoring(job: Job) -> None:
    deletion = Deletion.objects.get(pk=job.payload["deletion"])
    rows = _in_bin(deletion).values_list("pk", flat=True)
    if job.total_count is None:
        job.total_count = rows.count()
    while ids := list(rows[:CHUNK]):
        with transaction.atomic():
            job.done_count += _restore_chunk(_lock(deletion.pk), ids)
            save_progress(job)


def set_aside_late(*, limit: int = CHUNK) -> int:
    """Tasks that were made of an item while it was being deleted. Returns how many items."""
    late = Item.everything.filter(
        deletion__isnull=False, tasks__isnull=False, tasks__set_aside__isnull=True
    )
    ids = list(late.order_by("pk").values_list("pk", flat=True).distinct()[:limit])
    with transaction.atomic():
        set_aside(ids, by=None, reason="the item was deleted")
    return len(ids)


def _give_job(deletion: Deletion, kind: str, payload: dict[str, object], *, by: User) -> None:
    deletion.job = create_job(kind, payload, by=by, project_id=deletion.project_id)
    deletion.save(update_fields=["job"])


def _lock(deletion_id: int) -> Deletion:
    rows = Deletion.objects.select_for_update(of=("self",))
    return rows.select_related("project", "deleted_by", "restored_by").get(pk=deletion_id)


def _in_bin(deletion: Deletion) -> QuerySet[Item]:
    return Item.everything.filter(deletion=deletion).order_by("pk")


def _delete_chunk(deletion: Deletion, ids: Sequence[int]) -> int:
    by, reason = deletion.deleted_by, f"deleted: {deletion.reason}"
    set_aside(ids, by=by, reason=reason)
    rows = Item.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    items = list(rows.only("pk"))
    Item.objects.filter(pk__in=[item.pk for item in items]).update(deletion=deletion)
    if items:
        record_each(by, "item.deleted", items, reason=deletion.reason)
    deletion.item_count += len(items)
    deletion.save(update_fields=["item_count"])
    return len(items)


def _restore_chunk(deletion: Deletion, ids: Sequence[int]) -> int:
    items = list(_in_bin(deletion).filter(pk__in=ids).only("pk"))
    Item.everything.filter(pk__in=[item.pk for item in items]).update(deletion=None)
    # Whether a slot waits for an answer is asked of the questions, which are there again.
    put_back([item.pk for item in items], by=deletion.restored_by)
    if items:
        record_each(deletion.restored_by, "item.restored", items)
    return len(items)
