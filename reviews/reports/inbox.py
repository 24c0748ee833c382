"""The inbox: what is unread, by reason, and the mistake to practise. Never who decided."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.lists import Page, keyset_page
from reviews import access
from reviews.models import Feedback, Review, SecondLook
from reviews.quality.mistakes import most_repeated
from reviews.reports.drills import class_titles
from reviews.services import drills, feedback
from reviews.services.mistakes import mistakes_of
from tasks.models import Annotation, Project

WEEK = timedelta(days=7)
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
class InboxPage:
    """Unread entries, or a page of all of them, each with its reason and comment."""

    unread: Unread
    entries: Page | None
    strip: Strip | None


def inbox_page(user: User, cursor: str, *, show_all: bool) -> InboxPage:
    entries = None
    if show_all:
        page = keyset_page(access.own_feedback(user), cursor, newest_first=True)
        rows = [(entry, reason_of(entry), comment_of(entry)) for entry in page.rows]
        entries = Page(rows, page.next_cursor, page.is_first)
    return InboxPage(unread(user), entries, _strip(user))


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


def _strip(user: User) -> Strip | None:
    by_project = mistakes_of(user, since=timezone.now() - WEEK)
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
