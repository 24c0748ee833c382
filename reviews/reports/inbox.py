"""The inbox: what is unread, by reason, and the mistake to practise. Never who decided."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.errors import DomainError
from labelops.lists import Page, check_parameters, keyset_page
from labelops.weeks import Week, read_week, this_week
from reviews import access
from reviews.models import Feedback, Review, SecondLook
from reviews.models.reviews import FeedbackQuerySet
from reviews.quality.mistakes import most_repeated
from reviews.reports.drills import class_titles
from reviews.services import drills, feedback
from reviews.services.mistakes import mistakes_of
from tasks.models import Annotation, Project

WEEK = timedelta(days=7)
OUTCOMES = {"stood": (Annotation.State.ACCEPTED,), "returned": Annotation.OVERRULED}
SHOWN = 100


@dataclass(frozen=True)
class Group:
    """Unread entries with one reason, each with its comment, newest first."""

    title: str
    rows: list[tuple[Feedback, str]]


@dataclass(frozen=True)
class Unread:
    """`answered` are contests that were not won, `overturned` decisions of the person's own."""

    groups: list[Group]
    answered: list[SecondLook]
    overturned: list[SecondLook]
    is_more: bool

    @property
    def is_empty(self) -> bool:
        return not (self.groups or self.answered or self.overturned)


@dataclass(frozen=True)
class Strip:
    """This week's most repeated mistake, and the drill of the worst pair of its project."""

    project: Project
    given: str
    expected: str
    count: int
    drill: drills.Offer | None
    drill_titles: tuple[str, str] | None


@dataclass(frozen=True)
class Wanted:
    """Only what is unread; or all, or what was told in a week, and how it stands today."""

    show_all: bool = False
    week: Week | None = None
    outcome: str = ""

    @property
    def query(self) -> str:
        given = {
            "show": "all" if self.show_all else "",
            "week": self.week.monday.isoformat() if self.week else "",
            "outcome": self.outcome,
        }
        return urlencode({name: value for name, value in given.items() if value})


@dataclass(frozen=True)
class InboxPage:
    """Unread entries, or a page of all of them, each with its reason and comment."""

    unread: Unread
    entries: Page | None
    strip: Strip | None
    wanted: Wanted


def read_wanted(given: QueryDict) -> Wanted:
    """Raises DomainError for a filter or a value that there is not."""
    check_parameters(given, "show", "week", "outcome")
    outcome = given.get("outcome", "")
    if outcome and outcome not in OUTCOMES:
        raise DomainError(
            _("“%(name)s” has no such value here.") % {"name": "outcome"},
            code="unknown_value",
            field="outcome",
        )
    week = read_week(given) if given.get("week") else None
    show_all = given.get("show") == "all" or bool(week or outcome)
    return Wanted(show_all, week, outcome)


def inbox_page(user: User, cursor: str, wanted: Wanted) -> InboxPage:
    entries = None
    if wanted.show_all:
        page = keyset_page(_chosen(user, wanted), cursor, newest_first=True)
        rows = [(entry, reason_of(entry), comment_of(entry)) for entry in page.rows]
        entries = Page(rows, page.next_cursor, page.is_first)
    return InboxPage(unread(user), entries, strip(user, this_week()), wanted)


def _chosen(user: User, wanted: Wanted) -> FeedbackQuerySet:
    rows = access.own_feedback(user)
    if wanted.week:
        rows = rows.told_in(wanted.week.begin, wanted.week.end)
    if wanted.outcome:
        rows = rows.filter(annotation__state__in=OUTCOMES[wanted.outcome])
    return rows


def unread(user: User) -> Unread:
    rows = feedback.open_entries(user).select_related("review", "annotation__task__item")
    found = list(rows.order_by("-id")[: SHOWN + 1])
    untold = feedback.untold(user).select_related("task__item").order_by("-id")
    told = list(untold[:SHOWN])
    return Unread(
        groups=_groups(found[:SHOWN]),
        answered=[look for look in told if look.state != SecondLook.State.OVERTURNED],
        overturned=[look for look in told if look.state == SecondLook.State.OVERTURNED],
        is_more=len(found) > SHOWN,
    )


def _groups(entries: list[Feedback]) -> list[Group]:
    """The most frequent reason first; what was accepted asks for nothing, and stands last."""
    by_reason: dict[str, list[Feedback]] = defaultdict(list)
    accepted = []
    for entry in entries:
        if entry.outcome == Annotation.State.ACCEPTED:
            accepted.append(entry)
        else:
            by_reason[reason_of(entry)].append(entry)
    ordered = sorted(by_reason.items(), key=lambda group: (-len(group[1]), group[0]))
    last = [(_("accepted"), accepted)] if accepted else []
    return [
        Group(title, [(entry, comment_of(entry)) for entry in found])
        for title, found in [*ordered, *last]
    ]


def reason_of(entry: Feedback) -> str:
    """Why an answer did not stand. Who chose another one of several need not say why."""
    if entry.outcome not in Annotation.OVERRULED:
        return ""
    return str(entry.review.get_reason_display() or _("another answer was chosen"))


def comment_of(entry: Feedback) -> str:
    """What was said against an answer concerns its author, not those whose answer stood."""
    is_about_others = (
        entry.outcome == Annotation.State.ACCEPTED
        and entry.review.decision != Review.Decision.ACCEPT
    )
    return "" if is_about_others else entry.review.comment


def strip(user: User, week: Week) -> Strip | None:
    """Of the present week the last seven days, so that Mondays are not empty.

    Mistakes on hidden checks count once their week has ended: watched from day to day, the count
    of one pair of classes would tell which answer was checked.
    """
    since = week.begin if week.has_ended else timezone.now() - WEEK
    measured_until = week.end if week.has_ended else since
    by_project = mistakes_of(user, since=since, until=week.end, measured_until=measured_until)
    ranked = [
        (found[1], -project_id, found[0])
        for project_id, made in by_project.items()
        if (found := most_repeated(made))
    ]
    if not ranked:
        return None
    count, negative_id, mistake = max(ranked)
    project = Project.objects.get(pk=-negative_id)
    given, expected = class_titles(project, mistake.control, (mistake.given, mistake.expected))
    offered = drills.offer(project, user)
    return Strip(
        project=project,
        given=given,
        expected=expected,
        count=count,
        drill=offered,
        drill_titles=drill_titles(project, offered) if offered else None,
    )


def drill_titles(project: Project, offered: drills.Offer) -> tuple[str, str]:
    return class_titles(project, offered.pair.leading.control, offered.pair.classes)
