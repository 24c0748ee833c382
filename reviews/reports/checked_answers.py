"""The checked answers behind a figure about people: filters from a closed list, and their items.

What was known to be right about one's own answers is not for oneself: they are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.accounts.models import Team, User
from labelops.errors import DomainError
from labelops.lists import Page, keyset_page
from reviews.models import Measurement, PersonRollup, TrustStanding
from reviews.reports.dashboard_filters import find, read_class, since, unknown
from tasks.models import Project

FILTERS = ("person", "team", "source", "result", "expected", "given", "week", "weeks", "series")
RESULTS = {
    "right": gettext_lazy("right"),
    "wrong": gettext_lazy("wrong"),
}
SOURCES = dict(Measurement.Source.choices)
WEEKS_MOST = 52


@dataclass(frozen=True)
class Wanted:
    """`series`: only what counts for the present series of looks of the person."""

    person: User | None = None
    team: Team | None = None
    source: str = ""
    result: str = ""
    expected: str | None = None
    given: str | None = None
    week: date | None = None
    weeks: int | None = None
    series: bool = False


def read_wanted(project: Project, given: Mapping[str, str], *, viewer: User) -> Wanted:
    """The filters of a query string. Raises DomainError for a value that is not in the list."""
    measured = Measurement.objects.filter(project=project).order_by().values("person")
    people = User.objects.filter(pk__in=measured).exclude(pk=viewer.pk)
    person = find(people, given.get("person", ""), "person")
    wanted = Wanted(
        person=person,
        team=find(project.teams.all(), given.get("team", ""), "team"),
        source=_one_of(given, "source", SOURCES),
        result=_one_of(given, "result", RESULTS),
        expected=_class(given, "expected"),
        given=_class(given, "given"),
        week=_monday(given.get("week", "")),
        weeks=_weeks(given.get("weeks", "")),
        series=given.get("series", "") == "1",
    )
    if given.get("series", "") not in {"", "1"}:
        raise unknown("series")
    if wanted.series and not person:
        raise DomainError(
            _("A series is that of a person: say whose."), code="missing_parameter", field="person"
        )
    return wanted


def answers_page(project: Project, wanted: Wanted, cursor: str, *, viewer: User) -> Page:
    return keyset_page(newest(project, wanted, viewer=viewer), cursor, newest_first=True)


def newest(project: Project, wanted: Wanted, *, viewer: User) -> QuerySet[Measurement]:
    rows = answers(project, wanted).exclude(person=viewer).order_by("-pk")
    return rows.select_related("person", "annotation__task__item")


def answers(project: Project, wanted: Wanted) -> QuerySet[Measurement]:
    """What counts of the measured answers that fit."""
    rows = Measurement.objects.filter(project=project, is_void=False)
    if wanted.person:
        rows = rows.filter(person=wanted.person)
    if wanted.team:
        worked = PersonRollup.objects.filter(batch__project=project, team=wanted.team)
        rows = rows.filter(person__in=worked.order_by().values("person"))
    exact = {
        "source": wanted.source or None,
        "expected": wanted.expected,
        "given": wanted.given,
        "is_right": wanted.result == "right" if wanted.result else None,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value is not None})
    if wanted.week:
        begun = _start_of(wanted.week)
        rows = rows.filter(
            annotation__submitted_at__gte=begun,
            annotation__submitted_at__lt=begun + timedelta(weeks=1),
        )
    if wanted.weeks:
        rows = rows.filter(annotation__submitted_at__gte=_start_of(since(wanted.weeks)))
    if wanted.series:
        standing = TrustStanding.objects.filter(project=project, person=OuterRef("person"))
        begun_after = Coalesce(Subquery(standing.values("series_after")[:1]), 0)
        rows = rows.filter(pk__gt=begun_after)
    return rows


def sentences(wanted: Wanted, titles: Mapping[str, str], *, show_names: bool) -> list[str]:
    """What the list holds, in words; `titles` are those of the classes."""
    found = []
    if wanted.person:
        name = str(wanted.person) if show_names else wanted.person.pseudonym
        found.append(_("answered by %(name)s") % {"name": name})
    if wanted.team:
        found.append(_("answered by people of %(name)s") % {"name": wanted.team.name})
    if wanted.source:
        found.append(str(SOURCES[wanted.source]))
    if wanted.result:
        found.append(str(RESULTS[wanted.result]))
    if wanted.expected is not None:
        label = titles.get(wanted.expected, wanted.expected) or "–"
        found.append(_("the right answer is “%(label)s”") % {"label": label})
    if wanted.given is not None:
        label = titles.get(wanted.given, wanted.given) or "–"
        found.append(_("the answer was “%(label)s”") % {"label": label})
    if wanted.week:
        week = date_format(wanted.week, "SHORT_DATE_FORMAT")
        found.append(_("answered in the week of %(week)s") % {"week": week})
    if wanted.weeks:
        found.append(_("answered in the last %(n)d weeks") % {"n": wanted.weeks})
    if wanted.series:
        found.append(_("in the present series"))
    return found


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _class(given: Mapping[str, str], name: str) -> str | None:
    return read_class(given[name], name) if name in given else None


def _monday(given: str) -> date | None:
    if not given:
        return None
    try:
        found = date.fromisoformat(given)
    except ValueError as error:
        raise unknown("week") from error
    if found.weekday() or found.year >= date.max.year:
        raise unknown("week")
    return found


def _weeks(given: str) -> int | None:
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) < 3):
        raise unknown("weeks")
    if not 1 <= int(given) <= WEEKS_MOST:
        raise unknown("weeks")
    return int(given)


def _one_of(given: Mapping[str, str], name: str, known: Mapping[str, Any]) -> str:
    value = given.get(name, "")
    if value and value not in known:
        raise unknown(name)
    return value
