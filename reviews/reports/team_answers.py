"""The answers behind what a team did: all labels, those decided, those accepted as they were."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time

from django.utils.translation import gettext_lazy

from labelops.accounts.models import Team, User
from labelops.lists import Page, keyset_page
from reviews.reports.dashboard_filters import since, unknown
from reviews.reports.vendor_comparison import WEEKS, Wanted, people_of_both
from tasks.models import Annotation, Project, Task

FILTERS = ("first", "second", "of", "state")
State = Annotation.State
STATES = {
    "": (),
    "decided": (State.ACCEPTED, State.FIXED, State.REJECTED),
    "accepted": (State.ACCEPTED,),
}
TITLES = {
    "": gettext_lazy("all labels"),
    "decided": gettext_lazy("labels that were decided"),
    "accepted": gettext_lazy("labels that were accepted as they were"),
}


@dataclass(frozen=True)
class Filters:
    team: Team
    state: str

    @property
    def title(self) -> str:
        return str(TITLES[self.state])


def read_filters(wanted: Wanted, given: Mapping[str, str]) -> Filters:
    """Which of the two teams, and which of its labels. Raises DomainError for others."""
    team = {"first": wanted.first, "second": wanted.second}.get(given.get("of", "first"))
    state = given.get("state", "")
    if team is None:
        raise unknown("of")
    if state not in STATES:
        raise unknown("state")
    return Filters(team, state)


def answers_page(
    project: Project, wanted: Wanted, filters: Filters, cursor: str, *, viewer: User
) -> Page:
    """Of whom the comparison counts, and gold, which is no work, is not among it."""
    team_of = people_of_both(project, wanted.first, wanted.second, viewer).team_of
    people = [person for person, team in team_of.items() if team == filters.team.pk]
    rows = Annotation.objects.filter(
        task__batch__project=project,
        author__in=people,
        submitted_at__gte=datetime.combine(since(WEEKS), time.min, UTC),
    ).exclude(task__state=Task.State.GOLD)
    if filters.state:
        rows = rows.filter(state__in=STATES[filters.state])
    return keyset_page(rows.select_related("task__item"), cursor, newest_first=True)
