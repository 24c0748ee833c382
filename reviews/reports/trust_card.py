"""The card of a person in a project: what was checked, what the looks said, what followed."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labelops.accounts.models import User
from labelops.lists import Page, keyset_page
from reviews.models import Measurement, TrustLook, TrustStanding
from reviews.quality import trust
from reviews.reports.trust import (
    Evidence,
    alarm_percent,
    evidence,
    gap_in_words,
    kept_evidence,
    level_title,
)
from tasks.blocks.classes import schema_classes
from tasks.models import Project, Qualification, Suspension
from tasks.reports.history import Line, history
from tasks.services.gold_serving import level_rate
from tasks.services.instructions import current_schema

CHECKS_SHOWN = 25
CHECKS_READ = 400
PAIRS_SHOWN = 12
LOOKS_SHOWN = 12
SUSPENSIONS_SHOWN = 10


@dataclass(frozen=True)
class LookRow:
    look: TrustLook
    evidence: Evidence


@dataclass(frozen=True)
class Pair:
    """What was expected and what was given instead, and how often."""

    expected: str
    given: str
    count: int


@dataclass(frozen=True)
class Card:
    person: User
    name: str
    level: int | None
    title: str
    notch: int
    reason: str
    set_at: datetime | None
    review_percent: int
    gold_percent: int
    standing: TrustStanding | None
    evidence: Evidence
    gap: str
    alarm_percent: int
    proposed_level: int | None
    looks: list[LookRow]
    checks: Page
    sources: dict[str, tuple[int, int]]
    pairs: list[Pair]
    pair_n: int
    history: list[Line]
    suspension: Suspension | None
    past: list[tuple[Suspension, str]]


def card(project: Project, person: User, *, cursor: str, show_names: bool) -> Card:
    own: dict[str, Any] = {"project": project, "person": person}
    qualification = Qualification.objects.filter(**own).first()
    standing = TrustStanding.objects.filter(**own).first()
    level = qualification.level if qualification else None
    notch = qualification.gold_notch if qualification else 0
    right, n = (standing.right, standing.n) if standing else (0, 0)
    suspensions = list(
        Suspension.objects.filter(**own).select_related("started_by", "answered_by")[
            :SUSPENSIONS_SHOWN
        ]
    )
    active = next((found for found in suspensions if found.is_active), None)
    earned = standing.earned_level if standing else None
    newest = _newest(project, person)
    return Card(
        person=person,
        name=str(person) if show_names else person.pseudonym,
        level=level,
        title=level_title(level or 0),
        notch=notch,
        reason=qualification.reason if qualification else "",
        set_at=qualification.set_at if qualification else None,
        review_percent=trust.review_percent(level or 0, notch),
        gold_percent=level_rate((level or 0) - notch),
        standing=standing,
        evidence=kept_evidence(standing) if standing else evidence(0, 0),
        gap=gap_in_words(level or 0, right, n, earned=earned),
        alarm_percent=alarm_percent(standing) if standing else 0,
        proposed_level=standing.proposed_level if standing else None,
        looks=_looks(standing),
        checks=_checks(project, person, cursor),
        sources=_sources(newest),
        pairs=_pairs(project, newest),
        pair_n=len(newest),
        history=history(
            [found for found in (qualification, standing, *suspensions) if found],
            show_names=show_names,
        ),
        suspension=active,
        past=[
            (found, _suspended_by(found, show_names))
            for found in suspensions
            if found is not active
        ],
    )


def _suspended_by(suspension: Suspension, show_names: bool) -> str:
    by = suspension.started_by
    return "" if by is None else str(by) if show_names else by.pseudonym


def _looks(standing: TrustStanding | None) -> list[LookRow]:
    if standing is None:
        return []
    return [
        LookRow(
            look,
            kept_evidence(look),
        )
        for look in standing.looks.all()[:LOOKS_SHOWN]
    ]


def _checks(project: Project, person: User, cursor: str) -> Page:
    rows = Measurement.objects.filter(project=project, person=person).select_related(
        "annotation__task__item"
    )
    return keyset_page(rows, cursor, size=CHECKS_SHOWN, newest_first=True)


def _newest(project: Project, person: User) -> list[Measurement]:
    """What counts of the newest checks; a bounded number."""
    rows = Measurement.objects.filter(project=project, person=person, is_void=False)
    return list(rows.only("source", "is_right", "expected", "given").order_by("-pk")[:CHECKS_READ])


def _sources(newest: list[Measurement]) -> dict[str, tuple[int, int]]:
    """Right and all, by where the truth came from."""
    return {
        str(source.label): (
            sum(row.is_right for row in newest if row.source == source),
            sum(row.source == source for row in newest),
        )
        for source in Measurement.Source
    }


def _pairs(project: Project, newest: list[Measurement]) -> list[Pair]:
    """What was mixed up most, in the classes of the single choice."""
    classes = schema_classes(current_schema(project))
    titles = {value: title for (_control, value), title in classes.items()}
    counts = Counter(
        (row.expected, row.given)
        for row in newest
        if not row.is_right and row.expected != row.given
    )
    return [
        Pair(titles.get(expected, expected), titles.get(given, given), count)
        for (expected, given), count in counts.most_common(PAIRS_SHOWN)
    ]
