"""The filters of the board: what may be chosen, and how it is read from an address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict

from labelops.accounts.models import Team
from labelops.lists import check_parameters
from reviews.reports.dashboard_filters import (
    Choice,
    SortLink,
    find,
    flag,
    sort_links_of,
    unknown,
)
from tasks.models import Batch, Project

SORTS = ("slack", "due", "name", "progress", "accuracy", "first_pass", "cost")
FILTERS = ("project", "team", "state", "alarms", "sort", "page", "as")
OFFERED = 200
PAGES_MOST = 10_000


@dataclass(frozen=True)
class Wanted:
    """What a person chose; without a state, all open batches."""

    project: Project | None = None
    team: Team | None = None
    state: str = ""
    alarms: bool = False
    sort: str = "slack"
    page: int = 1

    @property
    def is_narrowed(self) -> bool:
        return bool(self.project or self.team or self.state or self.alarms)

    @property
    def query(self) -> str:
        """The same as part of an address, without the page."""
        given: dict[str, Any] = {
            "project": self.project.slug if self.project else "",
            "team": self.team.pk if self.team else "",
            "state": self.state,
            "alarms": "1" if self.alarms else "",
            "sort": self.sort if self.sort != "slack" else "",
        }
        return urlencode({name: value for name, value in given.items() if value})

    def narrow(self, batches: QuerySet[Batch]) -> QuerySet[Batch]:
        if self.project:
            batches = batches.filter(project=self.project)
        if self.team:
            batches = batches.filter(teams=self.team)
        if self.state:
            return batches.filter(state=self.state)
        return batches.exclude(state=Batch.State.CLOSED)


def read_wanted(projects: QuerySet[Project], given: QueryDict) -> Wanted:
    """The filters of a query string. Raises DomainError for a value that is not in the list."""
    check_parameters(given, *FILTERS)
    state, sort, page = given.get("state", ""), given.get("sort", "") or "slack", given.get("page")
    if state and state not in Batch.State.values:
        raise unknown("state")
    if sort.removeprefix("-") not in SORTS:
        raise unknown("sort")
    return Wanted(
        project=_project(projects, given),
        team=find(_teams(projects), given.get("team", ""), "team"),
        state=state,
        alarms=flag(given, "alarms"),
        sort=sort,
        page=_page(page or "1"),
    )


def choices(projects: QuerySet[Project], wanted: Wanted) -> dict[str, list[Choice]]:
    """What the form offers, by the name of its field."""
    listed = projects.order_by("name").values_list("slug", "name")[:OFFERED]
    teams = _teams(projects).order_by("name").values_list("pk", "name")[:OFFERED]
    slug = wanted.project.slug if wanted.project else None
    team = wanted.team.pk if wanted.team else None
    return {
        "project": [Choice(key, name, key == slug) for key, name in listed],
        "team": [Choice(str(key), name, key == team) for key, name in teams],
        "state": [Choice(key, str(name), key == wanted.state) for key, name in Batch.State.choices],
    }


def sorts(given: QueryDict, wanted: Wanted) -> dict[str, SortLink]:
    return sort_links_of(given, SORTS, wanted.sort)


def _teams(projects: QuerySet[Project]) -> QuerySet[Team]:
    return Team.objects.filter(projects__in=projects.order_by().values("pk")).distinct()


def _project(projects: QuerySet[Project], given: Mapping[str, str]) -> Project | None:
    slug = given.get("project", "")
    if not slug:
        return None
    found = projects.filter(slug=slug).first()
    if found is None:
        raise unknown("project")
    return found


def _page(given: str) -> int:
    is_number = given.isascii() and given.isdecimal() and len(given) < len(str(PAGES_MOST))
    if not is_number or int(given) < 1:
        raise unknown("page")
    return int(given)
