"""What a manager or expert finds by an id, a file name or a person's name."""

from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from labelops.accounts.models import Membership, User
from tasks.access import LABELERS
from tasks.models import Batch, Item, Project, Transfer

SHOWN = 20
LENGTH_MOST = 300
# An item is looked up in each project: one look into an index.
PROJECTS_MOST = 500


@dataclass(frozen=True)
class Person:
    """Somebody of a project, whose page there is open to the reader."""

    person: User
    name: str
    project: Project


@dataclass(frozen=True)
class Found:
    items: list[Item] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.items or self.batches or self.transfers or self.people)


def search(words: str, user: User, projects: QuerySet[Project], managed: set[int]) -> Found:
    """Items by their whole id, everything else by a part of its name.

    Names of people and of files are for managers: `managed` are the ids of their projects.
    """
    if not words:
        return Found()
    words = words[:LENGTH_MOST]
    ids = list(projects.order_by("pk").values_list("pk", flat=True)[:PROJECTS_MOST])
    items = Item.objects.filter(project__in=ids, external_id=words).select_related("project")
    batches = Batch.objects.filter(project__in=ids, name__icontains=words)
    files = Transfer.objects.filter(project__in=managed, file_name__icontains=words)
    return Found(
        items=list(items[:SHOWN]),
        batches=list(batches.select_related("project").order_by("-pk")[:SHOWN]),
        transfers=list(files.select_related("project", "job").order_by("-pk")[:SHOWN]),
        people=_people(words, user, ids, managed),
    )


def _people(words: str, user: User, ids: list[int], managed: set[int]) -> list[Person]:
    """Whoever labels or reviews, once a project; experts know people by their pseudonyms alone."""
    named = Q(user__name__icontains=words) | Q(user__username__icontains=words)
    rows = Membership.objects.filter(
        Q(user__pseudonym__icontains=words) | (named & Q(team__projects__in=managed)),
        team__projects__in=ids,
        team__is_active=True,
        role__in=LABELERS,
        user__is_active=True,
    ).exclude(user=user)
    places = rows.order_by("user", "team__projects").values_list("user", "team__projects")
    found = list(places.distinct()[:SHOWN])
    people = User.objects.in_bulk({person for person, _project in found})
    projects = Project.objects.in_bulk({project for _person, project in found})
    return [
        Person(
            people[person],
            str(people[person]) if project in managed else people[person].pseudonym,
            projects[project],
        )
        for person, project in found
    ]
