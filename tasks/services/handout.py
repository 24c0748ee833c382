"""Hands out work: whose turn it is, in which order, and the reason when there is nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from tasks.models import Assignment, Batch, InstructionVersion, Stage, Task
from tasks.services import slots

LEASES_PER_PERSON = 10
CANDIDATES = 20


@dataclass(frozen=True)
class Handout:
    """The assignments a person holds now; `reason` says why there are none."""

    assignments: list[Assignment]
    reason: str = ""


def next_assignments(
    user: User, batches: QuerySet[Batch], *, count: int = 1, now: datetime | None = None
) -> Handout:
    """Lease up to `count` tasks of `batches` (already scoped to the person) for labeling.

    Leases the person still holds come first, so that a reloaded page goes on where it was.
    """
    now = now or timezone.now()
    count = max(1, min(count, LEASES_PER_PERSON))
    with transaction.atomic():
        running = list(batches)
        if not running:
            return Handout([], _("No batch is running for your teams right now."))
        expire_leases(now=now, batch_ids=[batch.pk for batch in running])
        held = list(_held(user, running)[:count])
        held += _lease(user, running, count - len(held), now)
        reason = "" if held else _("You have done everything that is open to you. Thank you!")
        return Handout(_with_items([assignment.pk for assignment in held]), reason)


def _held(user: User, batches: list[Batch]) -> QuerySet[Assignment]:
    return Assignment.objects.filter(
        annotator=user,
        state=Assignment.State.LEASED,
        stage=Stage.ANNOTATE,
        batch__in=batches,
    ).order_by("leased_at", "id")


def _lease(user: User, batches: list[Batch], count: int, now: datetime) -> list[Assignment]:
    if count <= 0:
        return []
    versions = _published_versions(batches)
    leased: list[Assignment] = []
    for assignment in _candidates(user, batches, now):
        version_id = versions.get(assignment.batch.project_id)
        if version_id is None:
            continue
        if slots.claim(assignment.pk, user, now=now, instruction_version_id=version_id):
            leased.append(assignment)
            record(user, "assignment.leased", assignment)
        if len(leased) == count:
            break
    Task.objects.filter(
        pk__in=[assignment.task_id for assignment in leased], state=Task.State.PENDING
    ).update(state=Task.State.LABELING)
    return leased


def _published_versions(batches: list[Batch]) -> dict[int, int]:
    return dict(
        InstructionVersion.objects.filter(
            project__in={batch.project_id for batch in batches},
            state=InstructionVersion.State.PUBLISHED,
        ).values_list("project_id", "pk")
    )


def _candidates(user: User, batches: list[Batch], now: datetime) -> Iterator[Assignment]:
    """Own rework first, then the open slots batch by batch, oldest first, one slot a task."""
    own = Exists(
        Assignment.objects.filter(
            task=OuterRef("task"),
            annotator=user,
            stage=Stage.ANNOTATE,
            round=OuterRef("round"),
            state__in=[
                Assignment.State.LEASED,
                Assignment.State.SUBMITTED,
                Assignment.State.SKIPPED,
            ],
        )
    )
    open_rows = Assignment.objects.filter(
        state=Assignment.State.OPEN, stage=Stage.ANNOTATE
    ).select_related("batch")
    yield from open_rows.filter(batch__in=batches, offered_to=user).order_by("id")[:CANDIDATES]
    for batch in batches:
        seen: set[int] = set()
        free = open_rows.filter(
            Q(offered_to=None) | Q(offered_until__lte=now), batch=batch
        ).exclude(own)
        for assignment in free.order_by("id")[: CANDIDATES * batch.overlap]:
            if assignment.task_id not in seen:
                seen.add(assignment.task_id)
                yield assignment


def _with_items(ids: list[int]) -> list[Assignment]:
    rows = Assignment.objects.select_related(
        "task__item__project", "batch", "instruction_version"
    ).in_bulk(ids)
    return [rows[pk] for pk in ids]


def expire_leases(
    *, now: datetime | None = None, batch_ids: list[int] | None = None, limit: int = 200
) -> int:
    """End leases that ran out and reopen their slots. Drafts stay with their authors."""
    now = now or timezone.now()
    with transaction.atomic():
        overdue = Assignment.objects.select_for_update(
            skip_locked=connection.features.has_select_for_update_skip_locked
        ).filter(state=Assignment.State.LEASED, leased_until__lt=now)
        if batch_ids is not None:
            overdue = overdue.filter(batch__in=batch_ids)
        rows = list(overdue.order_by("leased_until")[:limit])
        for assignment in rows:
            slots.free(assignment, Assignment.State.EXPIRED, now=now, reopen=True)
            record(None, "assignment.expired", assignment)
    return len(rows)
