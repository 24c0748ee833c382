"""Whose work to look through, by codes: the reviewer chooses an author without learning a name."""

import string

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from labelops.accounts.models import Team, User
from labelops.errors import DomainError
from tasks.access import reviewable_batches
from tasks.models import Batch, BatchTally, Project

MOST = 200
TEAM = "vendor-"


def codes(user: User, project: Project) -> list[tuple[str, str]]:
    """(code, title) of vendors and of people with labels in what this person may review."""
    teams = [(f"{TEAM}{letter}", vendor_title(letter)) for letter, _team in vendors(user, project)]
    people = _people(user, project).exclude(pk=user.pk).values_list("pseudonym", flat=True)
    return teams + [(code, code) for code in people[:MOST]]


def vendor_title(letter: str) -> str:
    return _("vendor %(letter)s") % {"letter": letter.upper()}


def people_of(user: User, project: Project, code: str) -> QuerySet[User]:
    """The people that a code stands for. Raises DomainError for one that is not known."""
    found = _people(user, project)
    if code.startswith(TEAM):
        teams = dict(vendors(user, project))
        team = teams.get(code.removeprefix(TEAM))
        found = found.filter(memberships__team=team) if team else found.none()
    else:
        found = found.filter(pseudonym=code)
    if not found.exists():
        raise DomainError(_("There is no such author here."), field="by")
    return found.order_by().values("pk")


def _people(user: User, project: Project) -> QuerySet[User]:
    tallies = BatchTally.objects.filter(batch__in=_batches(user, project), annotation_count__gt=0)
    return User.objects.filter(pk__in=tallies.values("person")).order_by("pseudonym")


def vendors(user: User, project: Project) -> list[tuple[str, Team]]:
    """Those that work on what this person may review, each by a letter."""
    teams = Team.objects.filter(kind=Team.Kind.VENDOR, batches__in=_batches(user, project))
    return list(zip(string.ascii_lowercase, teams.distinct().order_by("pk"), strict=False))


def _batches(user: User, project: Project) -> QuerySet[Batch]:
    return reviewable_batches(user).filter(project=project).order_by().values("pk")
