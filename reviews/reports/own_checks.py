"""How right and how quick a person was in a week, as far as they may know it.

Hidden gold and random audits are one figure here, over enough answers and up to the last midnight,
as on the page of one's levels. Classes and pace are shown of weeks that have ended alone: watched
from day to day they would tell which answer was checked.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.weeks import Week
from reviews.models import Measurement, PersonRollup
from reviews.reports.shares import Share
from tasks import access
from tasks.blocks.classes import schema_classes
from tasks.models import InstructionVersion

LEAST_CHECKED = 10
# Whose pace is compared: at least so many labels whose time is known, by so many others.
LEAST_TIMED, LEAST_OTHERS = 20, 5
QUARTER = 0.25


@dataclass(frozen=True)
class ClassShare:
    """How much was right where this class was."""

    project: str
    title: str
    share: Share


@dataclass(frozen=True)
class Checks:
    """`share` is None where too few were checked; then there is no pace either."""

    share: Share | None
    classes: list[ClassShare]
    pace: str


def checks(user: User, week: Week, *, by_class: bool = False) -> Checks:
    """One statement; for a week that has ended one more, and another one for its classes."""
    rows = (
        Measurement.objects.filter(
            project__in=access.readable_projects(user).order_by().values("pk"),
            person=user,
            is_void=False,
            measured_at__gte=week.begin,
            measured_at__lt=week.known_to,
        )
        .order_by()
        .values_list("project", "project__name", "expected")
        .annotate(n=Count("pk"), right_count=Count("pk", filter=Q(is_right=True)))
    )
    found = list(rows)
    share = Share(sum(row[4] for row in found), sum(row[3] for row in found))
    if share.n < LEAST_CHECKED:
        return Checks(None, [], "")
    if not week.has_ended:
        return Checks(share, [], "")
    return Checks(share, _classes(found) if by_class else [], _pace(user, week))


def _classes(rows: list[tuple[int, str, str, int, int]]) -> list[ClassShare]:
    """Those of which enough was checked, the least right first."""
    enough = [row for row in rows if row[2] and row[3] >= LEAST_CHECKED]
    titles = _titles({row[0] for row in enough})
    shares = [
        ClassShare(name, titles[project].get(expected, expected), Share(right, n))
        for project, name, expected, n, right in enough
    ]
    return sorted(shares, key=lambda row: (row.share.count / row.share.n, row.title))


def _titles(projects: set[int]) -> dict[int, dict[str, str]]:
    """By project, its classes in the words of the published instructions."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    published = InstructionVersion.objects.filter(
        project__in=projects, state=InstructionVersion.State.PUBLISHED
    )
    for project, schema in published.values_list("project", "label_schema"):
        found[project] = {value: title for (_name, value), title in schema_classes(schema).items()}
    return found


def _pace(user: User, week: Week) -> str:
    """Among those who worked on the same batches; nobody is named, and nothing is ranked."""
    own = PersonRollup.objects.filter(person=user, week=week.monday, timed__gt=0)
    rows = (
        PersonRollup.objects.filter(batch__in=own.values("batch"), week=week.monday)
        .order_by()
        .values_list("person")
        .annotate(Sum("timed"), Sum("active_ms"))
    )
    paces = {person: spent / timed for person, timed, spent in rows if timed >= LEAST_TIMED}
    mine = paces.pop(user.pk, None)
    if mine is None or len(paces) < LEAST_OTHERS:
        return ""
    quicker = sum(pace < mine for pace in paces.values()) / len(paces)
    if quicker < QUARTER:
        return _("among the quickest quarter")
    if quicker > 1 - QUARTER:
        return _("among the slowest quarter")
    return _("as most people")
