"""Control charts of a project: each person's, or each class's, weekly share of right answers.

From the weekly sums; nothing here reads a label.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.accounts.models import Team, User
from labelops.errors import DomainError
from reviews.models import PersonRollup, ProjectClassRollup
from reviews.quality.control_chart import Point, Verdict, judge
from reviews.reports.dashboard_filters import class_titles, find, since, unknown
from reviews.reports.small_multiples import Multiple, Place, multiple
from tasks.kinds.schema import single_choice
from tasks.models import Batch, Project
from tasks.services.instructions import current_schema

FILTERS = ("of", "team", "breaks", "page")
PEOPLE, CLASSES = "people", "classes"
WEEKS = 26
# A break of so many weeks ago still comes first.
RECENT = 4
CHARTS = 12
PAGES_MOST = 200
WORDS = {
    Verdict.UNKNOWN: gettext_lazy("too little before it"),
    Verdict.USUAL: gettext_lazy("as usual"),
    Verdict.LOW: gettext_lazy("lower than usual"),
    Verdict.HIGH: gettext_lazy("higher than usual"),
    Verdict.LOW_RUN: gettext_lazy("low, twice in three weeks"),
    Verdict.HIGH_RUN: gettext_lazy("high, twice in three weeks"),
}
LOW = frozenset({Verdict.LOW, Verdict.LOW_RUN})
Counts = dict[date, tuple[int, int]]


@dataclass(frozen=True)
class Wanted:
    of: str = PEOPLE
    team: Team | None = None
    only_breaks: bool = False
    number: int = 1


@dataclass(frozen=True)
class WeekRow:
    """A week of a chart in words; shares in percent."""

    week: date
    name: str
    right: int
    n: int
    share: float
    low: float | None
    high: float | None
    words: str
    is_break: bool
    is_low: bool
    query: str


@dataclass(frozen=True)
class ControlChart:
    """One person, whose card the name opens, or one class."""

    name: str
    person_id: int | None
    weeks: list[WeekRow]
    right: int
    n: int
    query: str
    drawing: Multiple | None = None

    @property
    def share(self) -> float:
        return 100 * self.right / self.n

    @property
    def breaks(self) -> list[WeekRow]:
        return [row for row in self.weeks if row.is_break]


@dataclass(frozen=True)
class ChartsPage:
    charts: list[ControlChart]
    # Of how many, and how many of them have a break.
    count: int
    break_count: int
    number: int
    has_next: bool
    has_classes: bool


@dataclass(frozen=True)
class _Series:
    key: Any
    weeks: list[date]
    points: list[Point]

    @property
    def order(self) -> tuple[int, float]:
        """Who fell lately comes first, then who broke at all, then the lowest."""
        recent = since(RECENT)
        verdicts = list(zip(self.weeks, self.points, strict=True))
        if any(week >= recent and point.verdict in LOW for week, point in verdicts):
            rank = 0
        elif any(week >= recent and point.is_break for week, point in verdicts):
            rank = 1
        else:
            rank = 2 if self.has_break else 3
        return rank, sum(p.right for p in self.points) / sum(p.n for p in self.points)

    @property
    def has_break(self) -> bool:
        return any(point.is_break for point in self.points)


def read_wanted(project: Project, given: Mapping[str, str]) -> Wanted:
    """The filters of a query string. Raises DomainError for a value that is not in the list."""
    of, number = given.get("of", PEOPLE) or PEOPLE, given.get("page", "1")
    if of not in {PEOPLE, CLASSES}:
        raise unknown("of")
    if given.get("breaks", "") not in {"", "1"}:
        raise unknown("breaks")
    if not (number.isascii() and number.isdecimal() and len(number) <= 3):
        raise unknown("page")
    if not 1 <= int(number) <= PAGES_MOST:
        raise unknown("page")
    team = find(project.teams.all(), given.get("team", ""), "team")
    if team and of == CLASSES:
        raise DomainError(
            _("The figures of a class are not kept by team."), code="filters_exclude", field="team"
        )
    return Wanted(of, team, given.get("breaks") == "1", int(number))


def charts_page(
    project: Project, wanted: Wanted, *, viewer: User, show_names: bool, all_rows: bool = False
) -> ChartsPage:
    """A page of charts; `all_rows`: every chart at once, without its drawing."""
    titles = class_titles(single_choice(current_schema(project)))
    found = _classes(project) if wanted.of == CLASSES else _people(project, wanted.team, viewer)
    series = sorted(map(_judged, found.items()), key=lambda entry: entry.order)
    break_count = sum(entry.has_break for entry in series)
    if wanted.only_breaks:
        series = [entry for entry in series if entry.has_break]
    first = (wanted.number - 1) * CHARTS
    shown = series if all_rows else series[first : first + CHARTS]
    if wanted.of == CLASSES:
        charts = [_class_chart(entry, titles) for entry in shown]
    else:
        people = User.objects.in_bulk([entry.key for entry in shown])
        charts = [_person_chart(entry, people[entry.key], show_names) for entry in shown]
    return ChartsPage(
        charts=charts if all_rows else [_drawn(chart) for chart in charts],
        count=len(series),
        break_count=break_count,
        number=wanted.number,
        has_next=first + CHARTS < len(series),
        has_classes=bool(titles),
    )


def _people(project: Project, team: Team | None, viewer: User) -> dict[int, Counts]:
    """Not the viewer's own: what was right about one's own answers is not for oneself."""
    batches = list(Batch.objects.filter(project=project).order_by().values_list("pk", flat=True))
    rows = PersonRollup.objects.filter(batch__in=batches).exclude(person=viewer)
    if team:
        rows = rows.filter(team=team)
    return _counted(rows, "person")


def _classes(project: Project) -> dict[str, Counts]:
    return _counted(ProjectClassRollup.objects.filter(project=project), "label_class")


def _counted(rows: Any, key: str) -> dict[Any, Counts]:
    sums = (
        rows.filter(week__gte=since(WEEKS), measured__gt=0)
        .order_by()
        .values_list(key, "week")
        .annotate(right_sum=Sum("right"), measured_sum=Sum("measured"))
    )
    found: dict[Any, Counts] = defaultdict(dict)
    for name, week, right, n in sums:
        found[name][week] = (right, n)
    return found


def _judged(entry: tuple[Any, Counts]) -> _Series:
    key, counts = entry
    weeks = sorted(counts)
    return _Series(key, weeks, judge([counts[week] for week in weeks]))


def _person_chart(entry: _Series, person: User, show_names: bool) -> ControlChart:
    name = str(person) if show_names else person.pseudonym
    return _chart(entry, name, {"person": person.pk}, person.pk)


def _class_chart(entry: _Series, titles: Mapping[str, str]) -> ControlChart:
    return _chart(entry, titles.get(entry.key, entry.key), {"expected": entry.key}, None)


def _chart(entry: _Series, name: str, query: dict[str, Any], person_id: int | None) -> ControlChart:
    return ControlChart(
        name=name,
        person_id=person_id,
        weeks=list(_week_rows(entry, query)),
        right=sum(point.right for point in entry.points),
        n=sum(point.n for point in entry.points),
        query=urlencode({**query, "weeks": WEEKS}),
    )


def _week_rows(entry: _Series, query: dict[str, Any]) -> Iterable[WeekRow]:
    for week, point in zip(entry.weeks, entry.points, strict=True):
        found = point.limits
        yield WeekRow(
            week=week,
            name=date_format(week, "SHORT_DATE_FORMAT"),
            right=point.right,
            n=point.n,
            share=100 * point.right / point.n,
            low=100 * found.low / point.n if found else None,
            high=100 * found.high / point.n if found else None,
            words=str(WORDS[point.verdict]),
            is_break=point.is_break,
            is_low=point.verdict in LOW,
            query=urlencode({**query, "week": week.isoformat()}),
        )


def _drawn(chart: ControlChart) -> ControlChart:
    """With its drawing, all on the same weeks, so that charts can be compared."""
    first = since(WEEKS)
    places = [
        Place(
            at=(row.week - first) / timedelta(weeks=1) / (WEEKS - 1),
            share=row.share,
            low=row.low,
            high=row.high,
            shape="low" if row.is_break and row.is_low else "high" if row.is_break else "usual",
            title=f"{row.name}: {row.right}/{row.n}, {row.words}",
        )
        for row in chart.weeks
    ]
    drawing = multiple(places, date_format(first, "j M"), date_format(since(1), "j M"))
    return replace(chart, drawing=drawing)
