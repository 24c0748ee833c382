"""What a vendor's manager reads of their own people: nothing of gold, nothing of other teams.

First-pass yield is what reviewers and votes made of the work, of which gold is no part; speed
stands only beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Sum

from labelops.accounts.models import Team, User
from reviews.models import PersonRollup
from reviews.reports.dashboard_filters import since
from reviews.reports.shares import Share
from reviews.reports.trust import level_title
from tasks.access import LABELERS
from tasks.models import Project, Qualification, Suspension

WEEKS = 13
# Fewer decided answers say nothing, and then the speed is not shown either.
LEAST_DECIDED = 20
ROWS_MOST = 1_000


@dataclass(frozen=True)
class Row:
    person: User
    project: Project
    level: int | None
    title: str
    labels: int
    passed: Share
    seconds: float | None
    suspended_until: datetime | None


def vendor_people(team: Team) -> list[Row]:
    """A line for each person and project, lowest yield first; the same few statements always."""
    people = {
        user.pk: user
        for user in User.objects.filter(
            memberships__team=team, memberships__role__in=LABELERS, is_active=True
        )
    }
    own = {project.pk: project for project in team.projects.all()}
    sums = (
        PersonRollup.objects.filter(team=team, person__in=people, week__gte=since(WEEKS))
        .order_by()
        .values("person", "batch__project")
        .annotate(
            labels_sum=Sum("labels"),
            accepted_sum=Sum("accepted"),
            fixed_sum=Sum("fixed"),
            rejected_sum=Sum("rejected"),
            timed_sum=Sum("timed"),
            active_sum=Sum("active_ms"),
        )
    )
    about: dict[str, Any] = {"person__in": people, "project__in": own}
    levels = {
        (person, project): level
        for person, project, level in Qualification.objects.filter(**about).values_list(
            "person", "project", "level"
        )
    }
    suspended = {
        (person, project): until
        for person, project, until in Suspension.objects.active()
        .filter(**about)
        .values_list("person", "project", "until")
    }
    rows = [
        _row(people[found["person"]], own[found["batch__project"]], found, levels, suspended)
        for found in sums
        if found["labels_sum"] and found["batch__project"] in own
    ]
    return sorted(rows, key=_order)[:ROWS_MOST]


def _row(
    person: User,
    project: Project,
    sums: Mapping[str, int],
    levels: Mapping[tuple[int, int], int],
    suspended: Mapping[tuple[int, int], datetime],
) -> Row:
    key = (person.pk, project.pk)
    decided = sums["accepted_sum"] + sums["fixed_sum"] + sums["rejected_sum"]
    is_enough = decided >= LEAST_DECIDED and sums["timed_sum"]
    level = levels.get(key)
    return Row(
        person=person,
        project=project,
        level=level,
        title="" if level is None else level_title(level),
        labels=sums["labels_sum"],
        passed=Share(sums["accepted_sum"], decided),
        seconds=sums["active_sum"] / 1_000 / sums["timed_sum"] if is_enough else None,
        suspended_until=suspended.get(key),
    )


def _order(row: Row) -> tuple[bool, float, str, int]:
    """What few decisions leave open comes last."""
    is_few = row.passed.n < LEAST_DECIDED
    share = row.passed.count / row.passed.n if row.passed.n else 1.0
    return is_few, share, str(row.person).lower(), row.project.pk
