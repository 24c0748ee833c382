"""The lines of a month: as closed where it is closed, else computed from the work of its days.

Everything is read from the sums of work by day (`WorkDay`), in a number of statements that does not
depend on how much there is.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)

from labelops.accounts.models import Membership, User
from reviews.models import (
    ClosedMonth,
    Drill,
    ExamAttempt,
    LessonProgress,
    StatementLine,
    WorkDay,
)
from reviews.quality.pay import (
    TRAINING,
    Key,
    Line,
    Terms,
    Training,
    Work,
    corrections,
    month_before,
    month_lines,
    month_of,
    next_month,
)
from reviews.services.pay_rates import EARLIEST, terms_of
from tasks.models import Project

# Work of a closed month that changes later is corrected while it is one of so many before.
CORRECTED_MONTHS = 2
# An exam or a drill counts from its start to its end, but no more than this an item: a night
# between two answers is no training.
ITEM_MOST = timedelta(minutes=5)
LESSON, EXAM, DRILL = "lesson", "exam", "drill"


@dataclass(frozen=True)
class Scope:
    """Whose work it is about: of a project, a team, a person, or where they meet.

    With a batch there are only the lines of its work: training and top-ups have none.
    """

    project: int | None = None
    team: int | None = None
    person: int | None = None
    batch: int | None = None

    def on(self, project: str, team: str = "team", person: str = "person") -> dict[str, int]:
        """As a filter of rows whose columns have these names."""
        named = {project: self.project, team: self.team, person: self.person, "batch": self.batch}
        return {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True)
class MonthLedger:
    """The lines of a month, and those that correct earlier ones.

    `closed` are the projects that have closed the month.
    """

    lines: list[Line]
    corrections: list[Line]
    closed: set[int]


def month_ledger(scope: Scope, month: date) -> MonthLedger:
    open_months = _open_months(scope)
    since = month
    if month in open_months.values():
        since = month_before(month, CORRECTED_MONTHS)
    settled = _stored(scope, since, month)
    trained = [] if scope.batch else _trained(scope, since, month, settled)
    computed = _by_project(_computed(scope, trained, since, next_month(month)))
    stored = _by_project(settled)
    closed = {project for project, first_open in open_months.items() if month < first_open}
    found = MonthLedger([], [], closed)
    for project in computed.keys() | stored.keys():
        if project in closed:
            own = [line for of, line in stored[project] if of == month]
            found.lines.extend(line for line in own if line.key.month == month)
            found.corrections.extend(line for line in own if line.key.month < month)
            continue
        lines = [line for _of, line in computed[project]]
        found.lines.extend(line for line in lines if line.key.month == month)
        if open_months.get(project) == month:
            found.corrections.extend(
                corrections(
                    (line for line in lines if line.key.month < month),
                    (line for _of, line in stored[project] if line.key.month >= since),
                )
            )
    return found


def _open_months(scope: Scope) -> dict[int, date]:
    """By project that ever closed one, the first month that is not closed."""
    rows = ClosedMonth.objects.all()
    if scope.project:
        rows = rows.filter(project=scope.project)
    newest = rows.order_by().values_list("project").annotate(Max("month"))
    return {project: next_month(month) for project, month in newest}


def _by_project(lines: Iterable[tuple[date, Line]]) -> dict[int, list[tuple[date, Line]]]:
    found: dict[int, list[tuple[date, Line]]] = defaultdict(list)
    for of, line in lines:
        found[line.key.project].append((of, line))
    return found


def _trained(
    scope: Scope, since: date, month: date, settled: Iterable[tuple[date, Line]]
) -> list[Training]:
    """Training by the team that its person is in now; in a closed month by the one it was then.

    What was finished stays finished: in a closed month there is no more than was stored.
    """
    teams = {
        (line.key.month, line.key.project, line.key.person): line.key.team
        for _of, line in settled
        if line.key.basis == TRAINING and line.key.month < month
    }
    found = []
    for _kind, entry in trainings(
        scope, since, next_month(month), {person for *_, person in teams}
    ):
        team: int | None = entry.team
        if entry.day < month:
            team = teams.get((month_of(entry.day), entry.project, entry.person))
        if team and team == (scope.team or team):
            found.append(entry._replace(team=team))
    return found


def _computed(
    scope: Scope, trained: list[Training], since: date, until: date
) -> list[tuple[date, Line]]:
    terms = terms_of(_projects(scope, trained, since, until))
    lines = month_lines(_works(scope, terms, since, until), trained, terms)
    return [(line.key.month, line) for line in lines]


def _projects(
    scope: Scope, trained: Iterable[Training], since: date, until: date
) -> QuerySet[Project, Any] | list[int]:
    if scope.project:
        return [scope.project]
    worked = work_days(scope, since, until).order_by().values("batch__project")
    ids = {training.project for training in trained}
    return Project.objects.filter(Q(pk__in=ids) | Q(pk__in=worked)).order_by().values("pk")


def work_days(scope: Scope, since: date, until: date) -> QuerySet[WorkDay]:
    """The work of people that is paid. Models and labels that an import brought have no team."""
    return WorkDay.objects.filter(
        **scope.on("batch__project"),
        day__gte=since,
        day__lt=until,
        team__isnull=False,
        person__kind=User.Kind.PERSON,
    )


def _works(scope: Scope, terms: Terms, since: date, until: date) -> list[Work]:
    """Added up over days between which neither a rate nor the month changes."""
    cuts = {since} | terms.changes(since, until)
    month = next_month(since)
    while month < until:
        cuts.add(month)
        month = next_month(month)
    return added_up(work_days(scope, since, until), cuts)


def added_up(rows: QuerySet[WorkDay], cuts: Collection[date]) -> list[Work]:
    """Work from one of these days to before the next, the first of which lies before all work."""
    days = sorted(cuts)
    period = Case(
        *(When(day__gte=day, then=Value(place)) for place, day in reversed([*enumerate(days)])),
        output_field=IntegerField(),
    )
    columns = ("batch__project", "batch", "person", "team", "level", "stage", "period")
    sums = rows.annotate(period=period).order_by().values_list(*columns)
    return [
        Work(*row[:6], days[row[6]], *row[7:])
        for row in sums.annotate(Sum("done"), Sum("active_ms"), Sum("reading_ms"))
    ]


def trainings(
    scope: Scope, since: date, until: date, others: Collection[int] = ()
) -> list[tuple[str, Training]]:
    """What was finished in these days, with its kind, by the team that its person is in now.

    Also that of `others`, people whose team may be another one now, or 0 for none.
    """
    columns = ("kind", "of_project", "person", "of_team", "finished_at", "began", "size")
    lessons = _finished(LessonProgress, LESSON, scope, "lesson__project", since, until, others)
    exams = _finished(ExamAttempt, EXAM, scope, "project", since, until, others)
    drills = _finished(Drill, DRILL, scope, "project", since, until, others)
    rows = (
        lessons.annotate(began=F("finished_at"), size=Value(0))
        .values_list(*columns)
        .union(
            exams.annotate(began=F("started_at"), size=Count("answers")).values_list(*columns),
            drills.annotate(began=F("started_at"), size=F("item_count")).values_list(*columns),
            all=True,
        )
    )
    return [
        (
            kind,
            Training(
                project=project,
                person=person,
                team=team or 0,
                day=ended.date(),
                is_lesson=kind == LESSON,
                time_ms=_training_ms(began, ended, size),
            ),
        )
        for kind, project, person, team, ended, began, size in rows
    ]


def _finished(
    model: type[Any],
    kind: str,
    scope: Scope,
    project: str,
    since: date,
    until: date,
    others: Collection[int],
) -> QuerySet[Any]:
    team = Membership.objects.filter(user=OuterRef("person"), team__projects=OuterRef(project))
    rows = model.objects.filter(
        finished_at__gte=_begin(since),
        finished_at__lt=_begin(until),
        person__kind=User.Kind.PERSON,
    ).annotate(
        kind=Value(kind, output_field=CharField()),
        of_project=F(project),
        of_team=Subquery(team.order_by("-team").values("team")[:1]),
    )
    here = Q(of_team=scope.team) if scope.team else Q(of_team__isnull=False)
    whose = Scope(scope.project, person=scope.person)
    return rows.filter(here | Q(person__in=others), **whose.on("of_project")).order_by()


def _training_ms(began: datetime, ended: datetime, size: int) -> int:
    return min(ended - began, size * ITEM_MOST) // timedelta(milliseconds=1)


def _stored(scope: Scope, since: date, month: date) -> list[tuple[date, Line]]:
    """Lines of the closed month, and of all those of earlier ones that may be corrected."""
    rows = StatementLine.objects.filter(
        Q(closed__month=month) | Q(of_month__gte=since, of_month__lt=month),
        **scope.on("closed__project"),
    )
    columns = ("closed__month", "of_month", "closed__project", "team", "person", "batch")
    more = ("basis", "level", "rate", "units", "time_ms", "amount")
    return [
        (of, Line(Key(*rest[:8]), *rest[8:]))
        for of, *rest in rows.order_by("pk").values_list(*columns, *more)
    ]


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def earliest_day(project: Project, until: date) -> date | None:
    """The day on which anything was first done that is paid."""
    scope = Scope(project=project.pk)
    first = work_days(scope, EARLIEST, until).order_by().aggregate(Min("day"))["day__min"]
    trained = [training.day for _kind, training in trainings(scope, EARLIEST, until)]
    return min([*([first] if first else []), *trained], default=None)
