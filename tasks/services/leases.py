"""Ends leases that their holders did not end: they ran out, or somebody took the work back."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from labelops.accounts.models import User
from labelops.audit.services import record_each
from tasks.models import Assignment, Batch, Draft, Project
from tasks.services import slots, tallies

CHUNK = 200
DRAFT_AGE = timedelta(days=7)


def expire_leases(
    *, now: datetime | None = None, batch_ids: Iterable[int] | None = None, limit: int = CHUNK
) -> int:
    """End leases that ran out and reopen their slots. Drafts stay with their authors."""
    now = now or timezone.now()
    overdue = Assignment.objects.filter(leased_until__lt=now)
    if batch_ids is not None:
        overdue = overdue.filter(batch__in=batch_ids)
    return _end(overdue.order_by("leased_until"), Assignment.State.EXPIRED, now=now, limit=limit)


def revoke_person(user: User, *, by: User | None, reason: str, now: datetime | None = None) -> int:
    """Take back all that a person holds, as a suspension does. Drafts stay."""
    held = Assignment.objects.filter(annotator=user).order_by("pk")
    return _end_all(held, by=by, reason=reason, now=now)


def revoke_in_project(
    user: User, project: Project, *, by: User | None, reason: str, now: datetime | None = None
) -> int:
    """The same in one project alone."""
    held = Assignment.objects.filter(annotator=user, batch__project=project).order_by("pk")
    return _end_all(held, by=by, reason=reason, now=now)


def revoke_batch(batch: Batch, *, by: User, reason: str, now: datetime | None = None) -> int:
    """Take back every lease of a batch, in review too. Drafts stay."""
    return _end_all(batch.assignments.order_by("pk"), by=by, reason=reason, now=now)


def revoke_tasks(
    task_ids: Sequence[int], *, by: User | None, reason: str, now: datetime | None = None
) -> int:
    """Take back every lease on these tasks, of whatever stage. Drafts stay."""
    held = Assignment.objects.filter(task__in=task_ids).order_by("pk")
    return _end_all(held, by=by, reason=reason, now=now)


def _end_all(
    rows: QuerySet[Assignment], *, by: User | None, reason: str, now: datetime | None
) -> int:
    now = now or timezone.now()
    count = 0
    while ended := _end(rows, Assignment.State.REVOKED, now=now, by=by, reason=reason):
        count += ended
    return count


def _end(
    rows: QuerySet[Assignment],
    state: Assignment.State,
    *,
    now: datetime,
    by: User | None = None,
    reason: str = "",
    limit: int = CHUNK,
) -> int:
    """End leased rows and reopen the slots that are still wanted. Returns how many ended.

    Rows that somebody else holds a lock on are in the middle of a submit: they are passed over.
    """
    with transaction.atomic():
        ended = list(
            rows.filter(state=Assignment.State.LEASED)
            .select_for_update(
                of=("self", "task"),
                skip_locked=connection.features.has_select_for_update_skip_locked,
            )
            .select_related("task")[:limit]
        )
        if not ended:
            return 0
        for assignment in ended:
            assignment.state, assignment.ended_at = state, now
        Assignment.objects.filter(pk__in=[row.pk for row in ended]).update(
            state=state, ended_at=now
        )
        _reopen(ended)
        record_each(by, f"assignment.{state}", ended, reason=reason)
        _count(ended, state)
    return len(ended)


def _reopen(ended: list[Assignment]) -> None:
    begun = set(
        Draft.objects.filter(task__in={row.task_id for row in ended}, is_late=False).values_list(
            "task", "annotator", "stage"
        )
    )
    Assignment.objects.bulk_create(
        slots.successor(
            row,
            preferring=row.annotator_id
            if (row.task_id, row.annotator_id, row.stage) in begun
            else None,
        )
        for row in ended
        if slots.is_wanted(row, row.task)
    )
    for row in ended:
        if not slots.is_wanted(row, row.task):
            slots.drop_label(row)


def _count(ended: list[Assignment], state: Assignment.State) -> None:
    if state != Assignment.State.EXPIRED:
        return
    expired = Counter((row.batch_id, row.annotator_id) for row in ended)
    for (batch_id, person_id), count in sorted(expired.items()):
        tallies.add(batch_id, person_id, expired_count=count)


def purge_drafts(*, now: datetime | None = None, limit: int = 1_000) -> int:
    """Forget drafts nobody came back to. Late answers stay."""
    old = Draft.objects.filter(is_late=False, saved_at__lt=(now or timezone.now()) - DRAFT_AGE)
    held = Assignment.objects.filter(
        task=OuterRef("task"), annotator=OuterRef("annotator"), state=Assignment.State.LEASED
    )
    forgotten = old.exclude(Exists(held)).order_by("saved_at")
    ids = list(forgotten.values_list("pk", flat=True)[:limit])
    count, _by_model = Draft.objects.filter(pk__in=ids).delete()
    return count
