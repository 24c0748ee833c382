"""The manager's board: the open batches, the worst slack first, each with what to do next."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils import timezone

from labelops.intervals import Interval
from reviews.models import BatchFigures
from reviews.quality.batch_alarms import Alarm, BatchFacts, alarms
from reviews.quality.error_rate import Stratum, error_rate
from reviews.quality.figure import NOTHING, Figure
from reviews.quality.rollup_figures import share
from reviews.reports.board_cost import ShownCost, shown_cost
from reviews.reports.board_filters import Wanted
from reviews.reports.board_finish import Finish, finish_of
from reviews.reports.board_words import AlarmWords, words_of_alarm
from reviews.reports.dashboard_figures import Shown, answers, show, tasks
from reviews.reports.ordering import unknown_last
from tasks.models import Batch, BatchTally, Progress
from tasks.reports.stages import Segment, segments

# A board of more open batches is nobody's: filters narrow it.
MOST = 500
PAGE_SIZE = 25
HOUR = 3_600
WORST = 5


@dataclass(frozen=True)
class BoardRow:
    """One batch with all that is known of it."""

    batch: Batch
    progress: Progress
    figures: BatchFigures | None
    finish: Finish | None
    accuracy: Figure
    first_pass: Figure
    alarms: list[Alarm]

    @property
    def project(self) -> Any:
        return self.batch.project

    @property
    def segments(self) -> list[Segment]:
        return segments(self.progress)

    @property
    def slack_hours(self) -> float | None:
        """Negative when it will probably be late."""
        return self.finish.slack_hours if self.finish else None

    @property
    def alarm(self) -> AlarmWords | None:
        """The most urgent one in words, with its action."""
        if not self.alarms:
            return None
        lot = self.figures.rejected_lot_id if self.figures else None
        return words_of_alarm(self.alarms[0], self.batch, rejected_lot=lot)

    @property
    def shown_accuracy(self) -> Shown:
        return show(self.accuracy, {"batch": self.batch.pk, "sampled": 1}, tasks(self.accuracy.n))

    @property
    def shown_cost(self) -> ShownCost | None:
        return shown_cost(self.figures.cost) if self.figures else None

    @property
    def shown_first_pass(self) -> Shown:
        query = {"batch": self.batch.pk, "judged": "all"}
        return show(self.first_pass, query, answers(self.first_pass.n))


@dataclass(frozen=True)
class Board:
    """`computed_at` is the age of the oldest figures on the page; counts are of this moment."""

    rows: list[BoardRow]
    count: int
    page: int
    page_count: int
    is_cut: bool
    alarm_count: int
    computed_at: datetime | None

    @property
    def pages(self) -> range:
        return range(1, self.page_count + 1)


def board(batches: QuerySet[Batch], wanted: Wanted, now: datetime | None = None) -> Board:
    """A page of the board; `batches` are those that the reader may see."""
    rows = every_row(batches, wanted, now)
    page_count = max(1, -(-len(rows) // PAGE_SIZE))
    page = min(wanted.page, page_count)
    shown = rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    ages = [row.figures.computed_at for row in shown if row.figures]
    ages += [row.finish.forecast.computed_at for row in shown if row.finish]
    return Board(
        rows=shown,
        count=len(rows),
        page=page,
        page_count=page_count,
        is_cut=len(rows) >= MOST,
        alarm_count=sum(bool(row.alarms) for row in rows),
        computed_at=min(ages, default=None),
    )


def worst_rows(batches: QuerySet[Batch]) -> list[BoardRow]:
    """The top of the board."""
    return every_row(batches, Wanted())[:WORST]


def every_row(
    batches: QuerySet[Batch], wanted: Wanted, now: datetime | None = None
) -> list[BoardRow]:
    """All rows in the order that was asked for: two statements."""
    now = now or timezone.now()
    found = list(with_figures(wanted.narrow(batches)).order_by("pk")[:MOST])
    counted = progress_of(found)
    rows = [make_row(batch, counted.get(batch.pk, Progress()), now) for batch in found]
    if wanted.alarms:
        rows = [row for row in rows if row.alarms]
    return _sorted(rows, wanted.sort)


def with_figures(batches: QuerySet[Batch]) -> QuerySet[Batch]:
    """With what jobs have computed of each, but for the long parts."""
    joined = batches.select_related("project", "figures", "forecast")
    return joined.defer("forecast__fan", "forecast__inputs", "forecast__basis")


def progress_of(batches: Iterable[Batch]) -> dict[int, Progress]:
    """The counts of batches, added up in the database."""
    names = [field.name for field in fields(Progress)]
    rows = BatchTally.objects.filter(batch__in=[batch.pk for batch in batches]).values("batch")
    sums = rows.annotate(**{f"all_{name}": Sum(name) for name in names})
    return {row["batch"]: Progress(**{name: row[f"all_{name}"] for name in names}) for row in sums}


def make_row(batch: Batch, progress: Progress, now: datetime) -> BoardRow:
    figures = getattr(batch, "figures", None)
    accuracy = _accuracy(figures)
    finish = finish_of(batch)
    facts = BatchFacts(
        unfinished=progress.task_count - progress.accepted_count,
        due_in_hours=_hours(now, batch.due_at),
        slack_hours=finish.slack_hours if finish else None,
        accuracy=accuracy.interval,
        accuracy_wanted=batch.accuracy_percent / 100 if batch.accuracy_percent else None,
        has_rejected_lot=bool(figures and figures.rejected_lot_id),
        review_hours=_hours(figures and figures.review_since, now),
        question_hours=_hours(figures and figures.question_since, now),
    )
    first_pass = share(figures.accepted, figures.decided) if figures else NOTHING
    return BoardRow(batch, progress, figures, finish, accuracy, first_pass, alarms(facts))


def _accuracy(figures: BatchFigures | None) -> Figure:
    """Of stored labels, by the random sample."""
    if figures is None:
        return NOTHING
    found = error_rate([Stratum(figures.wrong, figures.sampled, figures.assessed)])
    if found is None:
        return NOTHING
    interval = Interval(1 - found.interval.high, 1 - found.interval.low)
    return Figure(1 - found.value, found.n, interval)


def _hours(start: datetime | None, end: datetime | None) -> float | None:
    return (end - start).total_seconds() / HOUR if start and end else None


SORTS: dict[str, Callable[[BoardRow], Any]] = {
    "slack": lambda row: row.slack_hours,
    "due": lambda row: row.batch.due_at,
    "name": lambda row: row.batch.name.lower(),
    "progress": lambda row: row.progress.accepted_count / max(1, row.progress.task_count),
    "accuracy": lambda row: row.accuracy.value,
    "first_pass": lambda row: row.first_pass.value,
    "cost": lambda row: row.figures.cost.per_item if row.figures else None,
}


def _sorted(rows: list[BoardRow], sort: str) -> list[BoardRow]:
    """Equal ones by due date."""
    rows = unknown_last(rows, lambda row: row.batch.due_at, is_down=False)
    return unknown_last(rows, SORTS[sort.removeprefix("-")], is_down=sort.startswith("-"))
