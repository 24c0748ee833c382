"""What the gold of projects asks of an expert: approvals, doubts, suspicions, a thin stock."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews.models import GoldAnswer, GoldLeak
from reviews.reports.gold_desk import wanted_count
from tasks.blocks.classes import Class
from tasks.models import GoldItem, Project
from tasks.services.gold import KEPT

APPROVAL_MINUTES = 1
DOUBT_MINUTES = 2
LEAK_MINUTES = 10
State = GoldItem.State
Titles = dict[int, dict[Class, str]]


@dataclass(frozen=True)
class Matter:
    """One thing to do about the gold of a project; `waiting` items hang on it."""

    title: str
    note: str
    project: Project
    waiting: int
    minutes: float
    since: datetime | None
    url: str


def matters(
    own: dict[int, Project],
    titles: Titles,
    for_a_second: Callable[[QuerySet[GoldAnswer]], QuerySet[GoldAnswer]],
) -> Iterator[Matter]:
    """Of each project one matter of a kind: a handful of statements for all projects."""
    yield from _approvals(own, for_a_second)
    yield from _doubts(own)
    yield from _leaks(own)
    yield from _stock(own, titles)


def _desk(project: Project, state: str = "") -> str:
    address = reverse("gold_desk", args=[project.slug])
    return f"{address}?state={state}" if state else address


def _approvals(
    own: dict[int, Project],
    for_a_second: Callable[[QuerySet[GoldAnswer]], QuerySet[GoldAnswer]],
) -> Iterator[Matter]:
    waiting = GoldAnswer.objects.waiting().filter(gold__project__in=own)
    for project_id, count, since in _grouped(for_a_second(waiting), "gold__project", "created_at"):
        said = ngettext(
            "%(n)d known answer waits for approval",
            "%(n)d known answers wait for approval",
            count,
        )
        project = own[project_id]
        minutes = APPROVAL_MINUTES * count
        yield Matter(said % {"n": count}, "", project, count, minutes, since, _desk(project))


def _doubts(own: dict[int, Project]) -> Iterator[Matter]:
    doubted = GoldItem.objects.filter(project__in=own, state=State.SUSPENDED)
    for project_id, count, since in _grouped(doubted, "project", "created_at"):
        said = ngettext("%(n)d known answer is in doubt", "%(n)d known answers are in doubt", count)
        project = own[project_id]
        yield Matter(
            said % {"n": count},
            _("nothing they measured counts until you rule"),
            project,
            count,
            DOUBT_MINUTES * count,
            since,
            _desk(project, State.SUSPENDED),
        )


def _leaks(own: dict[int, Project]) -> Iterator[Matter]:
    open_ones = GoldLeak.objects.filter(project__in=own, closed_at=None)
    for project_id, count, since in _grouped(open_ones, "project", "found_at"):
        said = ngettext(
            "Answers may be known to %(n)d person", "Answers may be known to %(n)d people", count
        )
        project = own[project_id]
        minutes = LEAK_MINUTES * count
        yield Matter(said % {"n": count}, "", project, 0, minutes, since, _desk(project))


def _stock(own: dict[int, Project], titles: Titles) -> Iterator[Matter]:
    """Projects that use gold, and have less than they should."""
    kept = GoldItem.objects.filter(project__in=own, state__in=KEPT).order_by()
    in_use: Counter[int] = Counter()
    for project_id, state, count in kept.values_list("project", "state").annotate(n=Count("pk")):
        in_use[project_id] += count if state == State.ACTIVE else 0
    for project_id, count in sorted(in_use.items()):
        wanted = wanted_count(len(titles.get(project_id, {})))
        if count >= wanted:
            continue
        project = own[project_id]
        note = _("%(count)d in use, %(wanted)d wanted") % {"count": count, "wanted": wanted}
        minutes = APPROVAL_MINUTES * (wanted - count)
        address = reverse("gold_candidates", args=[project.slug])
        yield Matter(_("The stock of gold is thin"), note, project, 0, minutes, None, address)


def _grouped(
    rows: QuerySet, project: str, since: str
) -> Iterable[tuple[int, int, datetime | None]]:
    grouped = rows.order_by().values_list(project)
    return list(grouped.annotate(count=Count("pk"), since=Min(since)).order_by(project))
