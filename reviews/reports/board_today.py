"""Today against plan: what each open batch got done today, and what it needs a day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from reviews.models import BatchDay, WorkDay
from reviews.reports.board import MOST, progress_of
from tasks.models import Batch, Progress, Stage

SHOWN = 50
DAY = 86_400


@dataclass(frozen=True)
class TodayRow:
    """Tasks and labels of this day (UTC); `needed` is None without a due date ahead."""

    batch: Batch
    accepted: int
    labels: int
    decisions: int
    people: int
    needed: float | None
    expected: float | None
    day: date

    @property
    def accepted_query(self) -> str:
        return urlencode({"batch": self.batch.pk, "settled": self.day.isoformat()})

    @property
    def labels_query(self) -> str:
        return urlencode({"batch": self.batch.pk, "day": self.day.isoformat()})

    @property
    def is_behind(self) -> bool:
        return self.expected is not None and self.accepted < self.expected


def today(batches: QuerySet[Batch], now: datetime | None = None) -> list[TodayRow]:
    """Batches that run or got something done, the furthest behind first; four statements."""
    now = now or timezone.now()
    found = batches.exclude(state=Batch.State.CLOSED).select_related("project").order_by("pk")
    listed = list(found[:MOST])
    counted = progress_of(listed)
    ids, day = [batch.pk for batch in listed], now.astimezone(UTC).date()
    accepted = dict(
        BatchDay.objects.filter(batch__in=ids, day=day).values_list("batch", "accepted")
    )
    is_label = Q(stage=Stage.ANNOTATE)
    work = WorkDay.objects.filter(batch__in=ids, day=day, done__gt=0).values("batch")
    done = {
        row["batch"]: row
        for row in work.annotate(
            labels=Sum("done", filter=is_label, default=0),
            decisions=Sum("done", filter=~is_label, default=0),
            people=Count("person", distinct=True, filter=Q(person__kind=User.Kind.PERSON)),
        )
    }
    rows = []
    for batch in listed:
        needed = _needed(batch, counted.get(batch.pk, Progress()), accepted.get(batch.pk, 0), now)
        own = done.get(batch.pk, {})
        rows.append(
            TodayRow(
                batch=batch,
                accepted=accepted.get(batch.pk, 0),
                labels=own.get("labels", 0),
                day=day,
                decisions=own.get("decisions", 0),
                people=own.get("people", 0),
                needed=needed,
                expected=None if needed is None else needed * _share_of_day(now),
            )
        )
    shown = [row for row in rows if row.labels or row.decisions or row.accepted or row.needed]
    return sorted(shown, key=lambda row: (row.accepted - (row.expected or 0), row.batch.pk))


def columns() -> list[str]:
    return [
        *(_("project"), _("batch"), _("accepted today"), _("needed today"), _("expected by now")),
        *(_("labels today"), _("decisions today"), _("people today")),
    ]


def line(row: TodayRow) -> list[object]:
    return [
        *(row.batch.project.slug, row.batch.name, row.accepted),
        None if row.needed is None else round(row.needed, 1),
        None if row.expected is None else round(row.expected, 1),
        *(row.labels, row.decisions, row.people),
    ]


def _needed(batch: Batch, progress: Progress, accepted: int, now: datetime) -> float | None:
    """An equal share a day of what was open this morning, up to the due date."""
    if batch.due_at is None or batch.due_at <= now:
        return None
    open_ = progress.task_count - progress.accepted_count + accepted
    morning = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return open_ / max(1.0, (batch.due_at - morning).total_seconds() / DAY)


def _share_of_day(now: datetime) -> float:
    moment = now.astimezone(UTC)
    return (moment.hour * 3_600 + moment.minute * 60 + moment.second) / DAY
