"""The record of a person in a project: right answers over time, mix-ups, time, what they may do.

Everything is of the last 26 weeks or of the newest thousand answers, and says so.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncWeek
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from labelops.accounts.models import Membership, User
from reviews.models import Measurement
from reviews.quality.figure import Figure
from reviews.quality.rollup_figures import share
from reviews.quality.time_spread import TimeBin, bins, quantiles
from reviews.reports.charts import Chart, percent_chart
from reviews.reports.dashboard_filters import class_titles, since
from reviews.reports.shares import Share
from tasks.kinds.schema import single_choice
from tasks.models import Annotation, Project, Task
from tasks.services.instructions import current_schema

WEEKS = 26
CLASSES_SHOWN = 12
TIMES_READ = 1_000
QUANTILES = (0.1, 0.5, 0.9)
Source = Measurement.Source


@dataclass(frozen=True)
class Counted:
    """A count with the answers that it counts."""

    share: Share
    query: str


@dataclass(frozen=True)
class WeekRow:
    name: str
    gold: Counted
    audit: Counted


@dataclass(frozen=True)
class Cell:
    count: int
    query: str
    is_right: bool


@dataclass(frozen=True)
class ConfusionRow:
    """What was answered where `title` was right."""

    title: str
    cells: list[Cell]
    right: Counted


@dataclass(frozen=True)
class Confusion:
    titles: list[str]
    rows: list[ConfusionRow]
    hidden_count: int


@dataclass(frozen=True)
class TimeRow:
    """Answers whose active time lies within a bin; `height` is in percent of the fullest one."""

    bin: TimeBin
    count: int
    height: int
    query: str


@dataclass(frozen=True)
class Times:
    n: int
    quantiles: list[tuple[str, float]]
    rows: list[TimeRow]


@dataclass(frozen=True)
class Record:
    total: Counted
    gold: Counted
    audit: Counted
    weeks: list[WeekRow]
    chart: Chart | None
    confusion: Confusion | None
    times: Times | None
    memberships: list[Membership]


@dataclass(frozen=True)
class _Measured:
    week: date
    source: str
    expected: str
    given: str
    is_right: bool
    count: int


def record(project: Project, person: User) -> Record:
    found = _measured(project, person)
    own = {"person": person.pk, "weeks": WEEKS}
    return Record(
        total=_counted(found, own),
        gold=_counted(_of(found, Source.GOLD), {**own, "source": Source.GOLD}),
        audit=_counted(_of(found, Source.AUDIT), {**own, "source": Source.AUDIT}),
        weeks=_weeks(found, person),
        chart=_chart(found),
        confusion=_confusion(project, found, own),
        times=_times(project, person),
        memberships=list(
            person.memberships.filter(team__projects=project, team__is_active=True)
            .select_related("team")
            .order_by("team__name")
        ),
    )


def _measured(project: Project, person: User) -> list[_Measured]:
    """What counts, added up by week, source, classes and result in one statement."""
    begun = datetime.combine(since(WEEKS), time.min, UTC)
    rows = (
        Measurement.objects.filter(
            project=project, person=person, is_void=False, annotation__submitted_at__gte=begun
        )
        .annotate(week=TruncWeek("annotation__submitted_at", tzinfo=UTC))
        .order_by()
        .values_list("week", "source", "expected", "given", "is_right")
        .annotate(n=Count("pk"))
    )
    return [_Measured(week.date(), *rest) for week, *rest in rows]


def _of(rows: Iterable[_Measured], source: str) -> list[_Measured]:
    return [row for row in rows if row.source == source]


def _share(rows: Sequence[_Measured]) -> Share:
    return Share(sum(row.count for row in rows if row.is_right), sum(row.count for row in rows))


def _counted(rows: Sequence[_Measured], query: dict[str, Any]) -> Counted:
    return Counted(_share(rows), urlencode(query))


def _weeks(found: list[_Measured], person: User) -> list[WeekRow]:
    """The newest first; weeks without a check have no row."""
    made = []
    for week in sorted({row.week for row in found}, reverse=True):
        rows = [row for row in found if row.week == week]
        own = {"person": person.pk, "week": week.isoformat()}
        made.append(
            WeekRow(
                date_format(week, "SHORT_DATE_FORMAT"),
                _counted(_of(rows, Source.GOLD), {**own, "source": Source.GOLD}),
                _counted(_of(rows, Source.AUDIT), {**own, "source": Source.AUDIT}),
            )
        )
    return made


def _chart(found: list[_Measured]) -> Chart | None:
    if not found:
        return None
    first = min(row.week for row in found)
    weeks = [first + timedelta(weeks=number) for number in range((since(1) - first).days // 7 + 1)]
    return percent_chart(
        _("Right answers by week"),
        _("Gold and audits, with their 95 % intervals as bands. The table has the numbers."),
        [date_format(week, "SHORT_DATE_FORMAT") for week in weeks],
        [
            (_("hidden gold"), "agreement", _figures(_of(found, Source.GOLD), weeks)),
            (_("random audit"), "accuracy", _figures(_of(found, Source.AUDIT), weeks)),
        ],
    )


def _figures(found: list[_Measured], weeks: list[date]) -> list[Figure | None]:
    made: list[Figure | None] = []
    for week in weeks:
        counts = _share([row for row in found if row.week == week])
        made.append(share(counts.count, counts.n) if counts.n else None)
    return made


def _confusion(project: Project, found: list[_Measured], own: dict[str, Any]) -> Confusion | None:
    """The classes of the single choice that were met most often."""
    named = [row for row in found if row.expected]
    if not named:
        return None
    met: Counter[str] = Counter()
    for row in named:
        met[row.expected] += row.count
        met[row.given] += row.count
    order = [name for name, _count in sorted(met.items(), key=lambda entry: (-entry[1], entry[0]))]
    titles = class_titles(single_choice(current_schema(project)))
    shown = order[:CLASSES_SHOWN]
    rows = [
        _confusion_row(name, shown, [row for row in named if row.expected == name], titles, own)
        for name in shown
    ]
    return Confusion(
        titles=[titles.get(name, name) or "–" for name in shown],
        rows=[row for row in rows if row.right.share.n],
        hidden_count=len(order) - len(shown),
    )


def _confusion_row(
    expected: str,
    shown: list[str],
    rows: list[_Measured],
    titles: dict[str, str],
    own: dict[str, Any],
) -> ConfusionRow:
    query = {**own, "expected": expected}
    counts = Counter(dict.fromkeys(shown, 0))
    for row in rows:
        counts[row.given] += row.count
    cells = [
        Cell(counts[given], urlencode({**query, "given": given}), given == expected)
        for given in shown
    ]
    return ConfusionRow(titles.get(expected, expected), cells, _counted(rows, query))


def newest_timed(project: Project, person: User) -> QuerySet[Annotation]:
    """The newest answers whose time was taken; gold, which is no work, is not among them."""
    return (
        Annotation.objects.filter(
            author=person, task__batch__project=project, active_ms__isnull=False
        )
        .exclude(task__state=Task.State.GOLD)
        .order_by("-submitted_at", "-pk")[:TIMES_READ]
    )


def _times(project: Project, person: User) -> Times | None:
    seconds = [
        ms / 1_000 for ms in newest_timed(project, person).values_list("active_ms", flat=True)
    ]
    if not seconds:
        return None
    counted = bins(seconds)
    fullest = max(count for _bin, count in counted)
    words = [
        _("a tenth are quicker than"),
        _("half are quicker than"),
        _("a tenth are slower than"),
    ]
    return Times(
        n=len(seconds),
        quantiles=list(zip(words, quantiles(seconds, QUANTILES), strict=True)),
        rows=[
            TimeRow(found, count, round(100 * count / fullest), urlencode({"seconds": found.key}))
            for found, count in counted
        ],
    )
