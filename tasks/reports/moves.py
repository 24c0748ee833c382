"""What people hold and what is kept for them: figures before it is moved, and the items behind."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import Membership, Team, User
from labelops.errors import DomainError
from tasks.access import LABELERS
from tasks.models import Assignment, Batch, Project, WorkMove
from tasks.services.moves import Hold, members, of_people, slots_of

TOLD_FOR = timedelta(days=14)
TOLD_MOST = 20
LINES_AT_ONCE = 500
SHOWN = ("task__item", "batch", "annotator", "offered_to")


@dataclass(frozen=True)
class Cell:
    kind: str
    count: int


@dataclass(frozen=True)
class Row:
    """What a person has in one batch, in the order of `Hold`."""

    batch: Batch
    cells: list[Cell]
    total: int


@dataclass(frozen=True)
class TeamRow:
    """What the people of a team have in a batch; somebody in two teams counts in both."""

    team: Team
    works_on_it: bool
    person_count: int
    slot_count: int


def of_person_in(project: Project, person: User) -> QuerySet[Assignment]:
    return slots_of(of_people([person.pk]), Q(batch__project=project))


def work_rows(project: Project, person: User) -> list[Row]:
    """By batch what would move."""
    counted = of_person_in(project, person).order_by().values_list("batch", "kind")
    counts = {(batch, kind): n for batch, kind, n in counted.annotate(count=Count("pk"))}
    batches = project.batches.filter(pk__in={batch for batch, _kind in counts}).order_by("name")
    rows = []
    for batch in batches:
        cells = [Cell(kind.value, counts.get((batch.pk, kind), 0)) for kind in Hold]
        rows.append(Row(batch, cells, sum(cell.count for cell in cells)))
    return rows


def _in_hands(batch: Batch, people: Iterable[int]) -> QuerySet[Assignment]:
    """The slots of a batch that these people hold or that are kept for them."""
    return slots_of(of_people(people), Q(batch=batch))


def team_rows(batch: Batch) -> list[TeamRow]:
    """The teams of the project: four statements."""
    teams = list(batch.project.teams.order_by("name"))
    in_team: dict[int, set[int]] = {team.pk: set() for team in teams}
    people = Membership.objects.filter(team__in=in_team, role__in=LABELERS)
    for team, person in people.values_list("team", "user"):
        in_team[team].add(person)
    held = _in_hands(batch, set().union(*in_team.values())).order_by()
    owned = held.annotate(owner=Coalesce("annotator", "offered_to")).values_list("owner")
    slots = Counter(dict(owned.annotate(count=Count("pk"))))
    working = set(batch.teams.values_list("pk", flat=True))
    return [
        TeamRow(
            team,
            team.pk in working,
            len(in_team[team.pk]),
            sum(slots[person] for person in in_team[team.pk]),
        )
        for team in teams
    ]


def person_slots(project: Project, person: User, given: Mapping[str, str]) -> QuerySet[Assignment]:
    """The slots behind a figure of what a person has."""
    rows = of_person_in(project, person)
    kind = given.get("kind", "")
    if kind and kind not in Hold.values:
        raise DomainError(_("This is not one of the choices."), code="not_a_choice", field="kind")
    if kind:
        rows = rows.filter(kind=kind)
    if batch := given.get("batch", ""):
        rows = rows.filter(batch=_number(batch, "batch"))
    return rows.select_related(*SHOWN)


def team_slots(batch: Batch, given: Mapping[str, str]) -> QuerySet[Assignment]:
    """The slots behind a figure of what a team's people have."""
    teams = set(batch.project.teams.values_list("pk", flat=True))
    if team := given.get("team", ""):
        teams &= {_number(team, "team")}
    rows = _in_hands(batch, members(teams))
    return rows.select_related(*SHOWN)


def columns() -> list[str]:
    return [_("Item"), _("Batch"), _("Person"), _("State")]


def lines(rows: QuerySet[Assignment]) -> Iterator[tuple[str, str, str, str]]:
    """Every row of a list, for its table as a file."""
    for slot in rows.order_by("pk").iterator(chunk_size=LINES_AT_ONCE):
        owner = slot.annotator or slot.offered_to
        yield slot.task.item.external_id, slot.batch.name, str(owner), str(Hold(slot.kind).label)


def _number(given: str, field: str) -> int:
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise DomainError(_("This is not one of the choices."), code="not_a_choice", field=field)
    return int(given)


def told(user: User) -> list[WorkMove]:
    """What was taken from the person lately, newest first."""
    since = timezone.now() - TOLD_FOR
    moves = WorkMove.objects.filter(person=user, moved_at__gte=since).select_related("project")
    return list(moves.annotate(count=F("held_count") + F("kept_count"))[:TOLD_MOST])
