"""What a person who labels does next: where the work is, and what came back to their desk.

No figure here moves with a single answer: it would tell work from what is already known.
"""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from django.db.models import OuterRef, Subquery, Sum
from django.utils import timezone

from labelops.accounts.models import User
from reviews.models import BatchDay, Feedback
from reviews.reports.training import exams_to_take
from tasks import access
from tasks.models import Annotation, Batch, BatchTally, Progress, Project, Suspension
from tasks.reports.acknowledgements import projects_to_read
from tasks.services import grid, handout

SHOWN = 12
MOST_COUNTED = 99
RETURNED, ANSWERED, BEGUN = "returned", "answered", "begun"


@dataclass(frozen=True)
class CameBack:
    """Tasks that came back to a person for one reason, and the first of them.

    `entry_id` is the inbox entry that says why, where there is one.
    """

    count: int
    batch_id: int
    entry_id: int | None

    @property
    def is_more(self) -> bool:
        return self.count > MOST_COUNTED

    @property
    def shown(self) -> int:
        return min(self.count, MOST_COUNTED)


@dataclass(frozen=True)
class OwnWork:
    """`batches` begins with the one that *Start* opens; `open_items` are those of that one."""

    batches: list[Batch]
    open_items: int
    to_read: list[Project]
    suspended: list[Suspension]
    exams: list[Project]
    came_back: dict[str, CameBack]
    with_grid: set[int]

    @property
    def start(self) -> Batch | None:
        return self.batches[0] if self.batches else None

    @property
    def others(self) -> list[Batch]:
        return self.batches[1:]

    @property
    def has_cards(self) -> bool:
        return bool(self.to_read or self.came_back or self.exams)


def own_work(user: User, *, now: datetime | None = None) -> OwnWork:
    """Seven statements, whatever there is."""
    now = now or timezone.now()
    batches = handout.open_batches(user, now=now)[:SHOWN]
    return OwnWork(
        batches=batches,
        open_items=_open_items(batches[0], now) if batches else 0,
        to_read=list(projects_to_read(user)[:SHOWN]),
        suspended=list(Suspension.objects.keeping_back(user)),
        exams=list(exams_to_take(user)[:SHOWN]),
        came_back=came_back(user),
        with_grid=grid.with_grid(batches),
    )


def _open_items(batch: Batch, now: datetime) -> int:
    """Items of the batch that were not done at the last midnight (UTC).

    A count of this moment would move with an answer to work, and not with one to hidden gold.
    """
    today = now.astimezone(UTC).date()
    before = BatchDay.objects.filter(batch=batch, day__lt=today).order_by().values("batch")
    done = Subquery(before.annotate(total=Sum("accepted")).values("total"))
    names = [field.name for field in fields(Progress)]
    tallies = BatchTally.objects.filter(batch=batch).order_by().values("batch")
    sums = {f"all_{name}": Sum(name) for name in names}
    row = next(iter(tallies.annotate(done=done, **sums)), None)
    if row is None:
        return 0
    progress = Progress(**{name: row[f"all_{name}"] for name in names})
    return max(0, progress.task_count - (row["done"] or 0))


def came_back(user: User) -> dict[str, CameBack]:
    """What is kept for the person, by the reason why: first what was sent back."""
    told = Feedback.objects.filter(
        annotation__task=OuterRef("task"), author=user, outcome__in=Annotation.OVERRULED
    )
    rows = access.returned_assignments(user).order_by("pk")
    found: dict[str, list[tuple[int, int | None]]] = {}
    for note, batch, entry in rows.annotate(
        entry=Subquery(told.order_by("-pk").values("pk")[:1])
    ).values_list("rework_note", "batch", "entry")[: MOST_COUNTED + 1]:
        found.setdefault(_reason(note), []).append((batch, entry))
    return {
        reason: CameBack(len(found[reason]), *found[reason][0])
        for reason in (RETURNED, ANSWERED, BEGUN)
        if reason in found
    }


def _reason(note: dict[str, Any] | None) -> str:
    if note is None:
        return BEGUN
    return RETURNED if "reason" in note else ANSWERED
