"""What waits on the review desk, by project, and what a queue can be narrowed to."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext as _

from labelops.accounts.models import Membership, Role, User
from reviews.models import QueueMark
from reviews.reports.reasons import title_of
from reviews.services import hidden_authors, queue
from tasks.access import projects, reviewable_projects
from tasks.blocks.classes import schema_classes
from tasks.models import Annotation, Project
from tasks.services.instructions import current_schema

COUNTED = 1_000
CHIPS_SHOWN = 12
Kind = QueueMark.Kind


@dataclass(frozen=True)
class Waiting:
    """How much of a project waits; counted up to a bound."""

    project: Project
    count: int
    is_more: bool


@dataclass(frozen=True)
class Chip:
    """One thing to narrow the queue to, and how many of the tasks looked at have it."""

    name: str
    value: str
    title: str
    count: int

    @property
    def query(self) -> str:
        return urlencode({self.name: self.value})


@dataclass(frozen=True)
class Group:
    title: str
    chips: list[Chip]
    # Rarer ones that are not shown.
    more: int


@dataclass(frozen=True)
class Filters:
    """Chips over the tasks of a project that are likeliest wrong, up to a bound."""

    project: Project
    count: int
    is_more: bool
    groups: list[Group]


def waiting_by_project(user: User) -> list[Waiting]:
    """The largest first; where more waits than is counted, a project has what was met of it."""
    rows = queue.waiting(user)
    met = rows.select_related(None).order_by().values_list("batch__project", flat=True)[:COUNTED]
    counts = Counter(met)
    is_more = counts.total() == COUNTED
    allowed = Project.objects.filter(pk__in=counts)
    if is_more:
        # Whatever the others have, nobody's project is left out.
        theirs = rows.filter(batch__project=OuterRef("pk"))
        allowed = Project.objects.filter(
            Exists(theirs), pk__in=reviewable_projects(user).values("pk")
        )
    found = [Waiting(project, counts[project.pk] or 1, is_more) for project in allowed]
    return sorted(found, key=lambda row: (-row.count, row.project.name))


def queue_filters(user: User, project: Project) -> Filters:
    """A constant number of statements, whatever the size of the queue."""
    looks = queue.undecided(user, project=project).order_by("-risk", "task")
    found = dict(looks.values_list("pk", "task")[:COUNTED])
    marks = _marks(found)
    authors = _authors(found.values())
    sees_names = projects(user).filter(pk=project.pk).exists()
    groups = [
        Group(_("Why it is in doubt"), *_shown(_reasons(marks))),
        Group(_("Class of the label"), *_shown(_classes(project, marks))),
        Group(_("Vendor"), *_shown(_vendors(user, project, authors, sees_names))),
        Group(_("Annotator"), *_shown(_people(authors, sees_names))),
    ]
    return Filters(
        project=project,
        count=len(found),
        is_more=len(found) == COUNTED,
        groups=[group for group in groups if group.chips],
    )


def _marks(found: Iterable[int]) -> dict[tuple[str, str, str], int]:
    rows = QueueMark.objects.filter(consensus__in=list(found))
    counted = rows.values_list("kind", "control", "value").annotate(count=Count("pk"))
    return {(kind, control, value): count for kind, control, value, count in counted}


def _authors(tasks: Iterable[int]) -> dict[int, set[int]]:
    """The tasks of each author."""
    rows = Annotation.objects.filter(task__in=list(tasks)).values_list("author", "task")
    made: dict[int, set[int]] = {}
    for author, task in rows:
        made.setdefault(author, set()).add(task)
    return made


def _reasons(marks: dict[tuple[str, str, str], int]) -> list[Chip]:
    return [
        Chip("reason", value, title_of(value), count)
        for (kind, _control, value), count in marks.items()
        if kind == Kind.REASON
    ]


def _classes(project: Project, marks: dict[tuple[str, str, str], int]) -> list[Chip]:
    titles = schema_classes(current_schema(project))
    return [
        Chip("class", f"{control}:{value}", titles.get((control, value), value), count)
        for (kind, control, value), count in marks.items()
        if kind == Kind.CLASS
    ]


def _vendors(
    user: User, project: Project, authors: dict[int, set[int]], sees_names: bool
) -> list[Chip]:
    """A vendor's own people are not told who else works for the house."""
    titles = {
        team.pk: team.name if sees_names else hidden_authors.vendor_title(letter)
        for letter, team in hidden_authors.vendors(user, project)
    }
    members = Membership.objects.filter(
        team__in=titles, user__in=authors, role=Role.ANNOTATOR
    ).values_list("team", "user")
    tasks: dict[int, set[int]] = {}
    for team, user in members:
        tasks.setdefault(team, set()).update(authors[user])
    return [Chip("team", str(pk), titles[pk], len(own)) for pk, own in tasks.items()]


def _people(authors: dict[int, set[int]], sees_names: bool) -> list[Chip]:
    """By pseudonym; with their names for those who see the names of the project's people."""
    people = User.objects.filter(pk__in=authors)
    return [
        Chip("annotator", person.pseudonym, _name(person, sees_names), len(authors[person.pk]))
        for person in people
    ]


def _name(person: User, sees_names: bool) -> str:
    return f"{person} ({person.pseudonym})" if sees_names else person.pseudonym


def _shown(chips: list[Chip]) -> tuple[list[Chip], int]:
    """The commonest first."""
    chips.sort(key=lambda chip: (-chip.count, chip.title))
    return chips[:CHIPS_SHOWN], max(0, len(chips) - CHIPS_SHOWN)
