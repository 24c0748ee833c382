"""Two teams of a project side by side, on the items that both had.

What is compared is read from the newest checked answers and the newest labels, a bounded number,
so that the page costs the same whatever the teams have done; it says how many it read.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Sum
from django.utils.translation import gettext as _

from labelops.accounts.models import Team, User
from labelops.errors import DomainError
from reviews.models import CountedTask, Lot, Measurement, PersonRollup
from reviews.quality.contributions import LabelFacts, unpack
from reviews.quality.figure import Figure
from reviews.quality.paired_comparison import SharedItem, gap, share_of
from reviews.quality.switching import Inspection, PastLot, Severity, inspection
from reviews.reports.dashboard_filters import class_titles, find, since
from reviews.reports.lot_plans import severity_sentence
from reviews.reports.paired_dots import PairedDots, paired_dots
from reviews.reports.shares import Share
from tasks.kinds.schema import single_choice
from tasks.models import Batch, InstructionVersion, Project
from tasks.services.instructions import current_version

FILTERS = ("first", "second")
WEEKS = 26
CHECKS_READ = 6_000
TASKS_READ = 2_000
BATCHES_READ = 5
CLASSES_SHOWN = 12
LOTS_SHOWN = 10
Query = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    first: Team | None
    second: Team | None

    @property
    def query(self) -> Query:
        return {"first": self.first.pk, "second": self.second.pk} if self.is_whole else {}

    @property
    def is_whole(self) -> bool:
        return self.first is not None and self.second is not None


@dataclass(frozen=True)
class PairRow:
    """All shared items, or those of one class: both shares and the gap, in percent and points."""

    title: str
    n: int
    first: Figure
    second: Figure
    gap: Figure
    query: str

    @property
    def verdict(self) -> str:
        """Which team is better, as far as chance leaves that open."""
        found = self.gap.interval
        if found is None or found.low <= 0 <= found.high:
            return _("no proven difference")
        return _("the first is better") if found.low > 0 else _("the second is better")


@dataclass(frozen=True)
class TeamFacts:
    """What a team did in these weeks; costs only where the project knows what an hour costs.

    `query` opens its labels, with a state to come behind it.
    """

    team: Team
    query: str
    people_count: int
    labels: int
    passed: Share
    seconds: float | None
    label_cost: float | None
    accepted_cost: float | None
    severity: str
    sentence: str


@dataclass(frozen=True)
class LotRow:
    pk: int
    name: str
    team: str
    is_accepted: bool
    ended_at: datetime


@dataclass(frozen=True)
class Comparison:
    teams: tuple[TeamFacts, TeamFacts]
    # Left out: they worked for both.
    in_both: int
    checks_read: int
    is_cut: bool
    rows: list[PairRow]
    dots: PairedDots | None
    oldest: datetime | None
    newest: datetime | None
    agreement: Figure
    agreement_query: str
    differ_query: str
    tasks_read: int
    lots: list[LotRow]


@dataclass(frozen=True)
class People:
    """Whoever worked for either team, not for both; and the sums of these by team."""

    team_of: Mapping[int, int]
    in_both: int
    sums: Mapping[int, Counter[str]]

    def count_of(self, team: Team) -> int:
        return sum(found == team.pk for found in self.team_of.values())


@dataclass(frozen=True)
class Shared:
    """By item what both teams answered, the class that was right, and when it was measured."""

    items: Mapping[int, SharedItem]
    classes: Mapping[int, str]
    oldest: datetime | None
    newest: datetime | None
    read: int


def read_wanted(project: Project, given: Mapping[str, str]) -> Wanted:
    """Raises DomainError for a team that is not one of the project's, or twice the same one."""
    teams = project.teams.all()
    wanted = Wanted(*(find(teams, given.get(name, ""), name) for name in FILTERS))
    if wanted.first and wanted.first == wanted.second:
        raise DomainError(_("Choose two different teams."), field="second", code="same_team")
    return wanted


def compare(project: Project, wanted: Wanted, *, viewer: User) -> Comparison:
    first, second = _both(wanted)
    people = people_of_both(project, first, second, viewer)
    shared = shared_items(project, people, first)
    answers = tasks_of_both(project, people, first, second)
    version = current_version(project)
    titles = class_titles(single_choice(version.label_schema)) if version else {}
    rows = list(_rows(shared, titles, wanted.query))
    lots, inspections = _lots(project, (first, second), version)
    return Comparison(
        teams=(
            _facts(project, first, {**wanted.query, "of": "first"}, people, inspections),
            _facts(project, second, {**wanted.query, "of": "second"}, people, inspections),
        ),
        in_both=people.in_both,
        checks_read=shared.read,
        is_cut=shared.read == CHECKS_READ,
        rows=rows,
        dots=_dots(rows) if rows else None,
        oldest=shared.oldest,
        newest=shared.newest,
        agreement=share_of(list(answers.values())),
        agreement_query=urlencode({**wanted.query, "of": "labels"}),
        differ_query=urlencode({**wanted.query, "of": "labels", "show": "differ"}),
        tasks_read=TASKS_READ,
        lots=lots,
    )


def _both(wanted: Wanted) -> tuple[Team, Team]:
    if wanted.first is None or wanted.second is None:
        raise DomainError(_("Choose two teams."), field="second", code="missing_parameter")
    return wanted.first, wanted.second


def people_of_both(project: Project, first: Team, second: Team, viewer: User) -> People:
    """Not the viewer: what was right about one's own answers is not for oneself."""
    columns = ("labels", "accepted", "fixed", "rejected", "timed", "active_ms")
    rows = (
        PersonRollup.objects.filter(
            batch__project=project, team__in=(first, second), week__gte=since(WEEKS)
        )
        .order_by()
        .values_list("person", "team")
        .annotate(**{f"{name}_sum": Sum(name) for name in columns})
    )
    teams: dict[int, set[int]] = defaultdict(set)
    made: dict[int, Counter[str]] = {}
    for person, team, *values in rows:
        teams[person].add(team)
        made[person] = Counter(dict(zip(columns, values, strict=True)))
    alone = {
        person: next(iter(found))
        for person, found in teams.items()
        if len(found) == 1 and person != viewer.pk
    }
    sums: dict[int, Counter[str]] = {first.pk: Counter(), second.pk: Counter()}
    for person, team in alone.items():
        sums[team].update(made[person])
    in_both = sum(len(found) > 1 for found in teams.values())
    return People(alone, in_both, sums)


def shared_items(project: Project, people: People, first: Team) -> Shared:
    """Of the newest checked answers those to items that both teams had."""
    rows = list(
        Measurement.objects.filter(project=project, is_void=False, person__in=people.team_of)
        .order_by("-pk")
        .values_list("annotation__task__item", "person", "is_right", "expected", "measured_at")[
            :CHECKS_READ
        ]
    )
    counts: dict[int, Counter[tuple[bool, bool]]] = defaultdict(Counter)
    for item, person, is_right, _expected, _at in rows:
        counts[item][people.team_of[person] == first.pk, is_right] += 1
    items = {
        item: SharedItem(*_right_and_all(found, True), *_right_and_all(found, False))
        for item, found in counts.items()
        if len({is_first for is_first, _right in found}) == 2
    }
    times = [at for item, _person, _right, _expected, at in rows if item in items]
    return Shared(
        items=items,
        classes={item: expected for item, _p, _r, expected, _at in rows if item in items},
        oldest=min(times, default=None),
        newest=max(times, default=None),
        read=len(rows),
    )


def _right_and_all(counts: Counter[tuple[bool, bool]], is_first: bool) -> tuple[int, int]:
    right = counts[is_first, True]
    return right, right + counts[is_first, False]


def tasks_of_both(project: Project, people: People, first: Team, second: Team) -> dict[int, float]:
    """By task that both teams labeled, the share of their pairs of labels that are the same class.

    Of the newest batches of both; tasks whose answers are not all in tell nothing yet.
    """
    batches = Batch.objects.filter(project=project, teams=first).filter(teams=second)
    newest = list(batches.order_by("-pk").values_list("pk", flat=True)[:BATCHES_READ])
    counted = CountedTask.objects.filter(batch__in=newest).order_by("-pk")
    found = {}
    for task, packed in counted.values_list("pk", "facts")[:TASKS_READ]:
        facts = unpack(packed)
        if not (facts.is_work and facts.is_assessed):
            continue
        mine, others = (_classes(facts.labels, people, team.pk) for team in (first, second))
        if mine and others:
            same = sum(given == other for given in mine for other in others)
            found[task] = same / (len(mine) * len(others))
    return found


def _classes(labels: Iterable[LabelFacts], people: People, team: int) -> list[str]:
    return [
        label.given
        for label in labels
        if label.is_current and label.given and people.team_of.get(label.person) == team
    ]


def _rows(shared: Shared, titles: Mapping[str, str], query: Query) -> Iterable[PairRow]:
    """All together, then the classes with most items."""
    if not shared.items:
        return
    yield _pair_row(_("All shared items"), list(shared.items.values()), query)
    counts = Counter(name for name in shared.classes.values() if name)
    for name, _count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[
        :CLASSES_SHOWN
    ]:
        items = [found for item, found in shared.items.items() if shared.classes[item] == name]
        yield _pair_row(titles.get(name, name), items, {**query, "expected": name})


def _pair_row(title: str, items: Sequence[SharedItem], query: Query) -> PairRow:
    return PairRow(
        title=title,
        n=len(items),
        first=share_of([item.first for item in items]),
        second=share_of([item.second for item in items]),
        gap=gap(items),
        query=urlencode(query),
    )


def _dots(rows: Sequence[PairRow]) -> PairedDots:
    return paired_dots(
        [(row.title, row.first.value or 0, row.second.value or 0, row.n) for row in rows]
    )


def _facts(
    project: Project,
    team: Team,
    query: Query,
    people: People,
    inspections: Mapping[int, Inspection],
) -> TeamFacts:
    sums = people.sums[team.pk]
    decided = sums["accepted"] + sums["fixed"] + sums["rejected"]
    seconds = sums["active_ms"] / 1_000 / sums["timed"] if sums["timed"] else None
    hour = float(project.hour_cost) if project.hour_cost is not None else None
    cost = None if seconds is None or hour is None else seconds * hour / 3_600
    found = inspections.get(team.pk)
    return TeamFacts(
        team=team,
        query=urlencode(query),
        people_count=people.count_of(team),
        labels=sums["labels"],
        passed=Share(sums["accepted"], decided),
        seconds=seconds,
        label_cost=cost,
        accepted_cost=cost * decided / sums["accepted"] if cost and sums["accepted"] else None,
        severity=_severity(found) if found else "",
        sentence=severity_sentence(found) if found else "",
    )


def _severity(found: Inspection) -> str:
    if found.severity == Severity.STOPPED:
        return _("stopped")
    return str(Lot.Severity(found.severity.value).label)


def _lots(
    project: Project, teams: tuple[Team, Team], version: InstructionVersion | None
) -> tuple[list[LotRow], dict[int, Inspection]]:
    """The newest ended lots of both, and how severely the next of each is inspected."""
    ended = Lot.objects.filter(
        batch__project=project, team__in=teams, state__in=[Lot.State.ACCEPTED, Lot.State.REJECTED]
    ).order_by("ended_at", "pk")
    columns = ("pk", "team", "state", "version__number", "batch__name", "number", "ended_at")
    names = {team.pk: team.name for team in teams}
    past: dict[int, list[PastLot]] = defaultdict(list)
    rows = []
    for pk, team, state, rules, batch, number, at in ended.values_list(*columns):
        is_accepted = state == Lot.State.ACCEPTED
        past[team].append(PastLot(is_accepted, rules))
        rows.append(LotRow(pk, f"{batch} #{number}", names[team], is_accepted, at))
    found = (
        {team: inspection(lots, version.number) for team, lots in past.items()} if version else {}
    )
    return rows[: -LOTS_SHOWN - 1 : -1], found
