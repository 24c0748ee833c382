"""The card of a person's week: what was done, what became of it, and what changed meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.weeks import Week
from reviews.access import own_feedback
from reviews.models import SecondLook, WorkDay
from reviews.reports.money import shown_hours
from reviews.reports.own_checks import Checks, checks
from reviews.reports.shares import Share
from tasks import access
from tasks.models import Annotation, InstructionVersion, Stage

CONTESTS_SHOWN = 20
VERSIONS_SHOWN = 20


@dataclass(frozen=True)
class Day:
    """Work of a day (UTC), or of the whole week; gold is among it like any other work."""

    day: date | None
    labels: int
    decisions: int
    active_ms: int
    reading_ms: int

    @property
    def active_hours(self) -> str:
        return shown_hours(self.active_ms)

    @property
    def reading_hours(self) -> str:
        return shown_hours(self.reading_ms)


@dataclass(frozen=True)
class Changed:
    """A version of the instructions that came in the week, with the parts that it changed."""

    version: InstructionVersion
    parts: list[tuple[str, str]]


@dataclass(frozen=True)
class OwnWeek:
    """`first_pass` is of the answers that somebody decided on in this week."""

    week: Week
    days: list[Day]
    total: Day
    first_pass: Share
    checks: Checks
    contests: list[SecondLook]
    changed: list[Changed]

    @property
    def returned_count(self) -> int:
        return self.first_pass.n - self.first_pass.count


def own_week(user: User, week: Week) -> OwnWeek:
    """Seven statements at most, whatever was done."""
    days = own_days(user, week)
    return OwnWeek(
        week=week,
        days=days,
        total=_total(days),
        first_pass=_first_pass(user, week),
        checks=checks(user, week, by_class=True),
        contests=_contests(user, week),
        changed=_changed(user, week),
    )


def own_days(user: User, week: Week) -> list[Day]:
    is_label = Q(stage=Stage.ANNOTATE)
    rows = (
        WorkDay.objects.filter(person=user, day__gte=week.monday, day__lt=week.next_monday)
        .order_by("day")
        .values_list("day")
        .annotate(
            labels=Sum("done", filter=is_label, default=0),
            decisions=Sum("done", filter=~is_label, default=0),
            active=Sum("active_ms"),
            reading=Sum("reading_ms"),
        )
    )
    return [Day(*row) for row in rows]


def _total(days: list[Day]) -> Day:
    return Day(
        None,
        sum(day.labels for day in days),
        sum(day.decisions for day in days),
        sum(day.active_ms for day in days),
        sum(day.reading_ms for day in days),
    )


def columns() -> list[str]:
    return [_("day"), _("labels"), _("decisions"), _("hours at work"), _("hours of reading")]


def lines(days: list[Day]) -> Iterator[list[Any]]:
    for day in days:
        yield [day.day, day.labels, day.decisions, day.active_hours, day.reading_hours]


def _first_pass(user: User, week: Week) -> Share:
    """Of what the inbox tells: nothing that its author does not read there."""
    told = own_feedback(user).select_related(None).told_in(week.begin, week.end)
    stands = Q(annotation__state=Annotation.State.ACCEPTED)
    found = told.order_by().aggregate(n=Count("pk"), stood=Count("pk", filter=stands))
    return Share(found["stood"], found["n"])


def _contests(user: User, week: Week) -> list[SecondLook]:
    rows = SecondLook.objects.filter(
        feedback__in=own_feedback(user).select_related(None).order_by().values("pk"),
        opened_at__gte=week.begin,
        opened_at__lt=week.end,
    )
    return list(rows.select_related("task__item").order_by("pk")[:CONTESTS_SHOWN])


def _changed(user: User, week: Week) -> list[Changed]:
    versions = (
        InstructionVersion.objects.filter(
            project__in=access.readable_projects(user).order_by().values("pk"),
            published_at__gte=week.begin,
            published_at__lt=week.end,
        )
        .exclude(state=InstructionVersion.State.WITHDRAWN)
        .select_related("project")
        .order_by("-published_at")[:VERSIONS_SHOWN]
    )
    return [Changed(version, _parts(version)) for version in versions]


def _parts(version: InstructionVersion) -> list[tuple[str, str]]:
    """The title of each part that was changed, and what the change asks for."""
    kinds = dict(InstructionVersion.Change.choices)
    return [
        (block["title"] or _("a part without a title"), str(kinds[version.changes[block["id"]]]))
        for block in version.blocks
        if version.changes.get(block["id"]) in kinds
    ]
