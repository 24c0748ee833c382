"""Where people stand on the ladder: all of a project for its staff, and each one's own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labelops.accounts.models import User
from labelops.weeks import last_midnight
from reviews.models import Measurement, TrustLook, TrustStanding
from reviews.quality import alarm, trust
from tasks.access import LABELERS
from tasks.models import Project, Qualification, Suspension
from tasks.services.qualifications import people_of

PEOPLE_SHOWN = 100
PROJECTS_SHOWN = 50
SUSPENSIONS_READ = 100


@dataclass(frozen=True)
class Evidence:
    """Checked answers of a series, with the exact one-sided bounds, in percent."""

    right: int
    n: int
    lower: float
    upper: float

    @property
    def percent(self) -> float | None:
        return 100 * self.right / self.n if self.n else None


@dataclass(frozen=True)
class PersonRow:
    """A line of the matrix."""

    person_id: int
    name: str
    level: int | None
    notch: int
    evidence: Evidence
    # Points, with the arrow that says which way.
    trend: int | None
    arrow: str
    gap: str
    alarm_percent: int
    is_falling: bool
    suspended_until: datetime | None
    appeal_waits: bool
    proposed_level: int | None
    assessed_at: datetime | None


@dataclass(frozen=True)
class OwnRow:
    """What a person reads of their own level in one project."""

    project: Project
    level: int
    title: str
    allows: str
    evidence: Evidence
    gap: str
    is_checked_more: bool
    reason: str
    set_at: datetime | None
    earned: str
    suspension: Suspension | None
    past: list[Suspension]


def evidence(right: int, n: int) -> Evidence:
    lower, upper = trust.lower_bound(right, n), trust.upper_bound(right, n)
    return Evidence(right, n, 100 * lower, 100 * upper)


def kept_evidence(row: TrustStanding | TrustLook) -> Evidence:
    """The same, as it was computed with the row."""
    return Evidence(row.right, row.n, 100 * row.lower, 100 * row.upper)


def alarm_percent(standing: TrustStanding) -> int:
    """How much of the way to an alarm the running sum has gone."""
    return min(100, 100 * standing.alarm_score // alarm.bound())


def level_title(level: int) -> str:
    titles = (
        _("learner"),
        _("on probation"),
        _("qualified"),
        _("trusted"),
        _("reviewer"),
        _("mentor"),
    )
    return titles[level]


def gap_in_words(level: int, right: int, n: int, *, earned: int | None = None) -> str:
    """What is missing to the next level, as somebody who labels would say it."""
    if earned is not None:
        return _("level %(level)d is earned") % {"level": earned}
    if trust.next_level(level) is None:
        return ""
    missing = trust.gap(level, right, n)
    if missing is None:
        rest = trust.LOOKS[-1] - n
        return ngettext(
            "not within this series; a new one begins after %(rest)d more check",
            "not within this series; a new one begins after %(rest)d more checks",
            rest,
        ) % {"rest": rest}
    return _("%(right)d more right of the next %(next)d checked") % {
        "right": missing.right,
        "next": missing.of_next,
    }


def matrix(project: Project, *, viewer: User, show_names: bool) -> list[PersonRow]:
    """Suspended first, then falling, then nearest to promotion; one statement, bounded.

    The viewer is left out: what was known to be right about one's own answers is not for oneself.
    """
    rows = (
        with_standing(TrustStanding.objects.filter(project=project))
        .filter(person__in=people_of(project).order_by().values("pk"))
        .exclude(person=viewer)
        .select_related("person")
        .order_by("-is_suspended", "-is_falling", F("gap").asc(nulls_last=True), "pk")
    )
    return [_person_row(row, show_names) for row in rows[:PEOPLE_SHOWN]]


def with_standing(rows: QuerySet[TrustStanding]) -> QuerySet[TrustStanding]:
    """With the level of each, how much more is checked, and the suspension in force."""
    own = Qualification.objects.filter(project=OuterRef("project"), person=OuterRef("person"))
    active = Suspension.objects.active().filter(
        project=OuterRef("project"), person=OuterRef("person")
    )
    waits = active.filter(appealed_at__isnull=False, answered_at=None)
    return rows.annotate(
        level=Subquery(own.values("level")[:1]),
        notch=Subquery(own.values("gold_notch")[:1]),
        is_suspended=Exists(active),
        suspended_until=Subquery(active.values("until")[:1]),
        appeal_waits=Exists(waits),
    )


def _person_row(row: Any, show_names: bool) -> PersonRow:
    return PersonRow(
        person_id=row.person_id,
        name=str(row.person) if show_names else row.person.pseudonym,
        level=row.level,
        notch=row.notch or 0,
        evidence=kept_evidence(row),
        trend=None if row.trend is None else abs(round(100 * row.trend)),
        arrow="▲" if (row.trend or 0) > 0 else "▼" if (row.trend or 0) < 0 else "",
        gap=gap_in_words(row.level or 0, row.right, row.n, earned=row.earned_level),
        alarm_percent=alarm_percent(row),
        is_falling=row.is_falling,
        suspended_until=row.suspended_until,
        appeal_waits=row.appeal_waits,
        proposed_level=row.proposed_level,
        assessed_at=row.assessed_at,
    )


def own_levels(person: User) -> list[OwnRow]:
    """Each project in which the person labels; the same few statements for any number.

    The figures are those of the last midnight: a count that moved at once would tell which
    answer was checked, and so which items have a known answer.
    """
    labels = person.memberships.filter(role__in=LABELERS, team__is_active=True)
    projects = list(
        Project.objects.live()
        .filter(teams__in=labels.values("team"))
        .distinct()
        .order_by("name")[:PROJECTS_SHOWN]
    )
    known = {
        found.project_id: found
        for found in Qualification.objects.filter(person=person, project__in=projects)
    }
    standings = {
        found.project_id: found
        for found in TrustStanding.objects.filter(person=person, project__in=projects)
    }
    checks = _checks_until(person, projects, last_midnight())
    suspensions: dict[int, list[Suspension]] = {}
    pauses = Suspension.objects.filter(person=person, project__in=projects)
    for found in pauses[:SUSPENSIONS_READ]:
        suspensions.setdefault(found.project_id, []).append(found)
    return [
        _own_row(
            project,
            known.get(project.pk),
            standings.get(project.pk),
            checks.get(project.pk, (0, 0)),
            suspensions.get(project.pk, []),
        )
        for project in projects
    ]


def _checks_until(
    person: User, projects: list[Project], until: datetime
) -> dict[int, tuple[int, int]]:
    """Right and all of the present series in each project, as far as then."""
    begun = TrustStanding.objects.filter(project=OuterRef("project"), person=person)
    rows = (
        Measurement.objects.filter(
            person=person, project__in=projects, is_void=False, measured_at__lt=until
        )
        .annotate(begun=Subquery(begun.values("series_after")[:1]))
        .filter(Q(begun=None) | Q(pk__gt=F("begun")))
        .order_by()
        .values("project")
        .annotate(n=Count("pk"), right_count=Count("pk", filter=Q(is_right=True)))
    )
    return {row["project"]: (row["right_count"], row["n"]) for row in rows}


def _own_row(
    project: Project,
    qualification: Qualification | None,
    standing: TrustStanding | None,
    checks: tuple[int, int],
    suspensions: list[Suspension],
) -> OwnRow:
    level = qualification.level if qualification else 0
    right, n = checks
    active = [found for found in suspensions if found.is_active]
    return OwnRow(
        project=project,
        level=level,
        title=level_title(level),
        allows=allows(level),
        evidence=evidence(right, n),
        gap="" if standing and standing.earned_level else gap_in_words(level, right, n),
        is_checked_more=bool(qualification and qualification.gold_notch),
        reason=qualification.reason if qualification else "",
        set_at=qualification.set_at if qualification else None,
        earned=_earned(standing, qualification),
        suspension=active[0] if active else None,
        past=[found for found in suspensions if found not in active],
    )


def allows(level: int) -> str:
    """What a level opens, and how much of the work is looked at: never how much is gold."""
    review = trust.LEVELS[level].review_percent
    if level == 0:
        return _("Lessons, the exam, and work that asks for no level.")
    if review == 100:
        looked_at = _("an expert looks at every label of yours")
    else:
        looked_at = _("an expert looks at %(percent)d %% of your labels or more") % {
            "percent": review
        }
    return _("Work that asks for level %(level)d or less; %(looked_at)s.") % {
        "level": level,
        "looked_at": looked_at,
    }


def _earned(standing: TrustStanding | None, qualification: Qualification | None) -> str:
    if standing is None or standing.earned_level is None:
        return ""
    if standing.proposed_level:
        return _("You have earned level %(level)d. An expert or a manager has to confirm it.") % {
            "level": standing.earned_level
        }
    return _(
        "You have earned level %(level)d. It comes once you have been long enough on your present "
        "level."
    ) % {"level": standing.earned_level}
