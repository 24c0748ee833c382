"""What waits for experts, by project: questions, reviews and adjudications, and for how long."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from reviews.quality.batch_alarms import WAITING_HOURS
from reviews.reports.board import MOST, progress_of
from tasks.models import Batch, Progress, Project, Question

TOO_LONG = timedelta(hours=WAITING_HOURS)


@dataclass(frozen=True)
class Waiting:
    """So many, the oldest since then."""

    count: int
    since: datetime | None
    is_late: bool


@dataclass(frozen=True)
class QueueRow:
    project: Project
    questions: Waiting
    reviews: Waiting
    adjudications: Waiting

    @property
    def oldest(self) -> datetime | None:
        waits = (self.questions, self.reviews, self.adjudications)
        return min((wait.since for wait in waits if wait.since), default=None)


def queues(batches: QuerySet[Batch], now: datetime | None = None) -> list[QueueRow]:
    """Projects where something waits, the oldest first; three statements."""
    now = now or timezone.now()
    found = batches.exclude(state=Batch.State.CLOSED).select_related("project", "figures")
    listed = list(found.order_by("pk")[:MOST])
    counted = progress_of(listed)
    by_project: dict[Project, list[Batch]] = defaultdict(list)
    for batch in listed:
        by_project[batch.project].append(batch)
    asked = _questions([project.pk for project in by_project])
    rows = [
        QueueRow(
            project,
            _waiting(*asked.get(project.pk, (0, None)), now),
            _of_state(own, counted, "in_review_count", "review_since", now),
            _of_state(own, counted, "in_adjudication_count", "adjudication_since", now),
        )
        for project, own in by_project.items()
    ]
    rows = [row for row in rows if _count(row)]
    return sorted(rows, key=lambda row: (row.oldest is None, row.oldest or now, row.project.pk))


def columns() -> list[str]:
    return [
        *(_("project"), _("questions"), _("oldest since"), _("reviews"), _("oldest since")),
        *(_("adjudications"), _("oldest since")),
    ]


def line(row: QueueRow) -> list[object]:
    cells: list[object] = [row.project.slug]
    for wait in (row.questions, row.reviews, row.adjudications):
        cells += [wait.count, wait.since.isoformat() if wait.since else None]
    return cells


def _count(row: QueueRow) -> int:
    return row.questions.count + row.reviews.count + row.adjudications.count


def _questions(projects: list[int]) -> dict[int, tuple[int, datetime | None]]:
    rows = Question.objects.filter(project__in=projects, state=Question.State.ASKED)
    counted = rows.order_by().values("project").annotate(n=Count("pk"), since=Min("asked_at"))
    return {row["project"]: (row["n"], row["since"]) for row in counted}


def _of_state(
    batches: list[Batch], counted: dict[int, Progress], count: str, since: str, now: datetime
) -> Waiting:
    total = sum(getattr(counted.get(batch.pk, Progress()), count) for batch in batches)
    figures = [batch.figures for batch in batches if hasattr(batch, "figures")]
    moments = [moment for row in figures if (moment := getattr(row, since))]
    return _waiting(total, min(moments, default=None) if total else None, now)


def _waiting(count: int, since: datetime | None, now: datetime) -> Waiting:
    return Waiting(count, since, bool(since and now - since > TOO_LONG))
