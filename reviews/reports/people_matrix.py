"""People and teams of all projects of the viewer's house as one matrix, a column a project.

The levels and their evidence are as `reviews.services.trust` keeps them; the trend is read from
the weekly sums. Nothing here reads a label.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, F, Min, OuterRef, QuerySet, Subquery, Sum
from django.utils.translation import gettext_lazy

from labelops.accounts.models import Membership, Team, User
from labelops.intervals import Interval, wilson
from reviews.models import PersonRollup, TrustStanding
from reviews.quality.share_trend import Direction, Trend, trend
from reviews.reports.dashboard_filters import since, unknown
from reviews.reports.trust import Evidence, gap_in_words, kept_evidence, with_standing
from tasks.access import LABELERS, MANAGERS, projects
from tasks.models import Project, Suspension

FILTERS = ("team", "region", "skill", "page")
COLUMNS = 12
SIZE = 50
PAGES_MOST = 100
TREND_WEEKS = 4
# So few more right answers are near.
NEAR = 10
ARROWS = {Direction.UP: "▲", Direction.DOWN: "▼", Direction.STEADY: "▶", Direction.FEW: ""}
WORDS = {
    Direction.UP: gettext_lazy("up"),
    Direction.DOWN: gettext_lazy("down"),
    Direction.STEADY: gettext_lazy("steady"),
    Direction.FEW: gettext_lazy("too few to say"),
}
Counts = tuple[int, int]
# By person or team and project: of the last weeks, and of as many before them.
Recent = Mapping[tuple[int, int], tuple[Counts, Counts]]


@dataclass(frozen=True)
class ShownTrend:
    """In points, with the shape and the word that say which way."""

    arrow: str
    words: str
    points: int | None


@dataclass(frozen=True)
class PersonCell:
    """One person in one project; `query` opens the answers that the evidence counts."""

    project: Project
    level: int | None
    evidence: Evidence | None
    trend: ShownTrend
    is_falling: bool
    suspended_until: datetime | None
    is_near: bool
    gap: str
    query: str


@dataclass(frozen=True)
class PersonRow:
    person: User
    name: str
    teams: str
    # In the order of the columns; nothing where the person does not work in the project.
    cells: list[PersonCell | None]


@dataclass(frozen=True)
class TeamCell:
    project: Project
    right: int
    n: int
    interval: Interval | None
    trend: ShownTrend
    query: str

    @property
    def low(self) -> float | None:
        return 100 * self.interval.low if self.interval else None

    @property
    def percent(self) -> float:
        return 100 * self.right / self.n


@dataclass(frozen=True)
class TeamRow:
    team: Team
    cells: list[TeamCell | None]


@dataclass(frozen=True)
class Wanted:
    team: Team | None = None
    region: str = ""
    skill: Project | None = None
    number: int = 1


@dataclass(frozen=True)
class Scope:
    """The projects of the viewer, which of them they manage, and the teams that work there."""

    projects: list[Project]
    managed: set[int]
    teams: list[Team]
    # By team, the projects it works in.
    works_in: Mapping[int, set[int]]

    @property
    def regions(self) -> list[str]:
        return sorted({team.region for team in self.teams if team.region})


@dataclass(frozen=True)
class Matrix:
    columns: list[Project]
    hidden_columns: int
    people: list[PersonRow]
    teams: list[TeamRow]
    number: int
    has_next: bool


def scope_of(viewer: User) -> Scope:
    managed = projects(viewer, MANAGERS).filter(pk=OuterRef("pk"))
    own = list(projects(viewer).annotate(is_managed=Exists(managed)).order_by("name", "pk"))
    links = Project.teams.through.objects.filter(project__in=own, team__is_active=True)
    teams: dict[int, Team] = {}
    works_in: dict[int, set[int]] = defaultdict(set)
    for link in links.select_related("team").order_by("team__name"):
        teams[link.team_id] = link.team
        works_in[link.team_id].add(link.project_id)
    return Scope(
        projects=own,
        managed={project.pk for project in own if project.is_managed},
        teams=list(teams.values()),
        works_in=works_in,
    )


def read_wanted(scope: Scope, given: Mapping[str, str]) -> Wanted:
    """The filters of a query string. Raises DomainError for a value that is not in the list."""
    number = given.get("page", "1")
    if not (number.isascii() and number.isdecimal() and len(number) <= 3):
        raise unknown("page")
    if not 1 <= int(number) <= PAGES_MOST:
        raise unknown("page")
    region = given.get("region", "")
    if region and region not in scope.regions:
        raise unknown("region")
    return Wanted(
        team=_named({str(team.pk): team for team in scope.teams}, given, "team"),
        region=region,
        skill=_named({project.slug: project for project in scope.projects}, given, "skill"),
        number=int(number),
    )


def _named(known: Mapping[str, Any], given: Mapping[str, str], field: str) -> Any:
    key = given.get(field, "")
    if key and key not in known:
        raise unknown(field)
    return known.get(key)


def matrix(scope: Scope, wanted: Wanted, *, viewer: User, all_rows: bool = False) -> Matrix:
    """Who is falling comes first, then who is suspended, then who is nearest to promotion.

    The viewer is left out: what was known to be right about one's own answers is not for oneself.
    """
    columns = [wanted.skill] if wanted.skill else scope.projects[:COLUMNS]
    teams = [team for team in scope.teams if _fits(team, wanted, columns, scope)]
    people = _ordered(teams, columns).exclude(pk=viewer.pk)
    first = (wanted.number - 1) * SIZE
    found = list(people[: SIZE * PAGES_MOST] if all_rows else people[first : first + SIZE + 1])
    shown = found if all_rows else found[:SIZE]
    return Matrix(
        columns=columns,
        hidden_columns=0 if wanted.skill else len(scope.projects) - len(columns),
        people=_person_rows(shown, columns, scope),
        teams=_team_rows(teams, columns, scope),
        number=wanted.number,
        has_next=len(found) > len(shown),
    )


def _fits(team: Team, wanted: Wanted, columns: list[Project], scope: Scope) -> bool:
    is_wanted = wanted.team in (None, team) and wanted.region in ("", team.region)
    return is_wanted and not scope.works_in[team.pk].isdisjoint(found.pk for found in columns)


def _ordered(teams: list[Team], columns: list[Project]) -> QuerySet[User]:
    labels = Membership.objects.filter(user=OuterRef("pk"), role__in=LABELERS, team__in=teams)
    standings = TrustStanding.objects.filter(person=OuterRef("pk"), project__in=columns)
    suspended = Suspension.objects.active().filter(person=OuterRef("pk"), project__in=columns)
    nearest = standings.order_by().values("person").annotate(least=Min("gap")).values("least")
    return (
        User.objects.filter(Exists(labels), is_active=True)
        .annotate(
            is_falling=Exists(standings.filter(is_falling=True)),
            is_suspended=Exists(suspended),
            nearest=Subquery(nearest),
        )
        .order_by("-is_falling", "-is_suspended", F("nearest").asc(nulls_last=True), "pk")
    )


def _person_rows(people: list[User], columns: list[Project], scope: Scope) -> list[PersonRow]:
    names = {team.pk: team.name for team in scope.teams}
    teams_of: dict[int, list[int]] = defaultdict(list)
    held = Membership.objects.filter(user__in=people, team__in=scope.teams, role__in=LABELERS)
    for person, team in held.order_by("team__name").values_list("user", "team"):
        teams_of[person].append(team)
    rows = with_standing(TrustStanding.objects.filter(person__in=people, project__in=columns))
    standings = {(row.person_id, row.project_id): row for row in rows}
    recent = _recent(PersonRollup.objects.filter(person__in=people), "person", columns)
    made = []
    for person in people:
        works_in = set().union(*(scope.works_in[team] for team in teams_of[person.pk]))
        made.append(
            PersonRow(
                person=person,
                name=str(person) if works_in & scope.managed else person.pseudonym,
                teams=", ".join(names[team] for team in teams_of[person.pk]),
                cells=[
                    _person_cell(project, person, standings, recent)
                    if project.pk in works_in
                    else None
                    for project in columns
                ],
            )
        )
    return made


def _person_cell(
    project: Project, person: User, standings: Mapping[tuple[int, int], Any], recent: Recent
) -> PersonCell:
    key = (person.pk, project.pk)
    row = standings.get(key)
    shown = _shown(recent.get(key))
    query = urlencode({"person": person.pk, "series": 1})
    if row is None:
        return PersonCell(project, None, None, shown, False, None, False, "", query)
    is_near = row.earned_level is not None or (row.gap is not None and row.gap <= NEAR)
    gap = gap_in_words(row.level or 0, row.right, row.n, earned=row.earned_level)
    return PersonCell(
        project=project,
        level=row.level,
        evidence=kept_evidence(row) if row.n else None,
        trend=shown,
        is_falling=row.is_falling,
        suspended_until=row.suspended_until,
        is_near=is_near,
        gap=gap if is_near else "",
        query=query,
    )


def _team_rows(teams: list[Team], columns: list[Project], scope: Scope) -> list[TeamRow]:
    recent = _recent(PersonRollup.objects.filter(team__in=teams), "team", columns)
    return [
        TeamRow(
            team,
            [
                _team_cell(team, project, recent) if project.pk in scope.works_in[team.pk] else None
                for project in columns
            ],
        )
        for team in teams
    ]


def _team_cell(team: Team, project: Project, recent: Recent) -> TeamCell:
    found = recent.get((team.pk, project.pk))
    right = sum(counts[0] for counts in found or ())
    n = sum(counts[1] for counts in found or ())
    query = urlencode({"team": team.pk, "weeks": 2 * TREND_WEEKS})
    return TeamCell(project, right, n, wilson(right, n), _shown(found), query)


def _recent(rows: QuerySet[PersonRollup], key: str, columns: Iterable[Project]) -> Recent:
    """Right and measured of the last weeks and of those before, in one statement."""
    middle = since(TREND_WEEKS)
    sums = (
        rows.filter(batch__project__in=columns, week__gte=since(2 * TREND_WEEKS), measured__gt=0)
        .order_by()
        .values_list(key, "batch__project", "week")
        .annotate(right_sum=Sum("right"), measured_sum=Sum("measured"))
    )
    found: dict[tuple[int, int], list[list[int]]] = defaultdict(lambda: [[0, 0], [0, 0]])
    for name, project, week, right, n in sums:
        place = found[name, project][0 if week >= middle else 1]
        place[0] += right
        place[1] += n
    return {name: ((a[0], a[1]), (b[0], b[1])) for name, (a, b) in found.items()}


def _shown(counts: tuple[Counts, Counts] | None) -> ShownTrend:
    found = trend(*counts) if counts else Trend(Direction.FEW)
    points = None if found.difference is None else round(100 * found.difference)
    return ShownTrend(ARROWS[found.direction], str(WORDS[found.direction]), points)
