"""What helps a person: the pair they mix up most with its drill, and what coaches noted.

And what became of their decisions and contests.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from labelops.accounts.models import User
from labelops.lists import Page, keyset_page
from reviews.models import CoachNote, Drill, SecondLook
from reviews.quality.mistakes import worst_pair
from reviews.reports.reviewers import ReviewerRow, reviewer_row
from reviews.reports.shares import Share
from reviews.services.drills import AGAIN_AFTER, WINDOW
from reviews.services.mistakes import mistakes_of
from tasks.blocks.classes import schema_classes
from tasks.models import Project
from tasks.services.instructions import current_schema

DRILLS_SHOWN = 20
NOTES_SHOWN = 25
CONTESTS_READ = 200


@dataclass(frozen=True)
class DrillRow:
    given: str
    expected: str
    before: Share
    first_tries: Share | None
    started_at: datetime


@dataclass(frozen=True)
class Plan:
    """The worst pair in words; `again_at`: it was practised, and comes again then."""

    given: str
    expected: str
    count: int
    given_value: str
    expected_value: str
    is_open: bool
    again_at: datetime | None


@dataclass(frozen=True)
class NoteRow:
    note: CoachNote
    author: str


@dataclass(frozen=True)
class Coaching:
    plan: Plan | None
    drills: list[DrillRow]
    notes: Page


@dataclass(frozen=True)
class ReviewRecord:
    """As a reviewer, and as an author who contested decisions; `waiting` None: not told."""

    reviewer: ReviewerRow | None
    contests: list[SecondLook]
    overturned: Share
    waiting: int | None
    is_cut: bool
    read: int


def coaching(project: Project, person: User, *, cursor: str, show_names: bool) -> Coaching:
    drills = list(Drill.objects.filter(project=project, person=person)[:DRILLS_SHOWN])
    titles = schema_classes(current_schema(project))
    return Coaching(
        plan=_plan(project, person, drills, titles),
        drills=[_drill_row(drill, titles) for drill in drills],
        notes=_notes(project, person, cursor, show_names),
    )


def _plan(
    project: Project, person: User, drills: list[Drill], titles: dict[tuple[str, str], str]
) -> Plan | None:
    now = timezone.now()
    mistakes = mistakes_of(person, since=now - WINDOW, project=project)
    pair = worst_pair(mistakes.get(project.pk, []))
    if pair is None:
        return None
    leading = pair.leading
    finished = [
        drill.finished_at + AGAIN_AFTER
        for drill in drills
        if drill.finished_at and (drill.control, drill.classes) == (leading.control, pair.classes)
    ]
    again_at = max(finished, default=None)
    return Plan(
        given=titles.get((leading.control, leading.given), leading.given),
        expected=titles.get((leading.control, leading.expected), leading.expected),
        count=pair.count,
        given_value=leading.given,
        expected_value=leading.expected,
        is_open=any(drill.finished_at is None for drill in drills),
        again_at=again_at if again_at and again_at > now else None,
    )


def _drill_row(drill: Drill, titles: dict[tuple[str, str], str]) -> DrillRow:
    is_finished = drill.right_count is not None
    return DrillRow(
        given=titles.get((drill.control, drill.given), drill.given),
        expected=titles.get((drill.control, drill.expected), drill.expected),
        before=Share(drill.before_right, drill.before_count),
        first_tries=Share(drill.right_count or 0, drill.item_count) if is_finished else None,
        started_at=drill.started_at,
    )


def _notes(project: Project, person: User, cursor: str, show_names: bool) -> Page:
    rows = CoachNote.objects.filter(project=project, person=person).select_related("author")
    page = keyset_page(rows, cursor, size=NOTES_SHOWN, newest_first=True)
    shown = [
        NoteRow(note, str(note.author) if show_names else note.author.pseudonym)
        for note in page.rows
    ]
    return Page(shown, page.next_cursor, page.is_first)


def review_record(
    project: Project, person: User, *, show_names: bool, sees_unfinished: bool
) -> ReviewRecord:
    """The newest contests are read, whatever there is.

    What is still being looked at is for those who never decide: who reads of it may be the one who
    looks, and must not know of the contest.
    """
    contests = SecondLook.objects.filter(
        kind=SecondLook.Kind.CONTEST, feedback__author=person, task__batch__project=project
    )
    if not sees_unfinished:
        contests = contests.exclude(state__in=SecondLook.UNSETTLED)
    found = list(contests.select_related("task__item").order_by("-id")[:CONTESTS_READ])
    states = Counter(look.state for look in found)
    won, lost = states[SecondLook.State.OVERTURNED], states[SecondLook.State.UPHELD]
    return ReviewRecord(
        reviewer=reviewer_row(project, person, show_names=show_names),
        contests=found,
        overturned=Share(won, won + lost),
        waiting=sum(states[state] for state in SecondLook.UNSETTLED) if sees_unfinished else None,
        is_cut=len(found) == CONTESTS_READ,
        read=len(found),
    )
