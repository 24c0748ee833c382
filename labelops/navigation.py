"""Which pages a person is shown: the entries of the navigation bar, from their memberships."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from labelops.accounts.models import Role, Team, User
from labelops.lists import BoundedCount
from labelops.notices.models import Notice
from reviews.services import feedback
from tasks import access

COUNT_SHOWN = 99


@dataclass(frozen=True)
class Standing:
    """What a person's active memberships open."""

    is_labeler: bool
    is_reviewer: bool
    is_expert: bool
    is_project_staff: bool
    is_people_manager: bool
    reads_audit_log: bool
    unread_notices: int

    @classmethod
    def of(cls, user: User) -> "Standing":
        unread = Notice.objects.unread().filter(person=user.pk).order_by()[:COUNT_SHOWN]
        # Every page asks: one statement, which has a row for people without a membership, too.
        person = User.objects.filter(pk=user.pk).annotate(unread=BoundedCount(unread.values("pk")))
        rows = list(
            person.values_list(
                "unread",
                "memberships__team__is_active",
                "memberships__role",
                "memberships__team__kind",
            )
        )
        held = {(role, kind) for _unread, is_active, role, kind in rows if is_active}
        roles = {role for role, _kind in held}
        in_house = {role for role, kind in held if kind == Team.Kind.IN_HOUSE}
        return cls(
            is_labeler=bool(roles & set(access.LABELERS)),
            is_reviewer=bool(roles & set(access.REVIEWERS)),
            is_expert=bool(in_house & set(access.EXPERTS)),
            is_project_staff=bool(in_house & set(access.STAFF)),
            is_people_manager=Role.MANAGER in roles or user.is_staff,
            reads_audit_log=Role.MANAGER in in_house or user.is_staff,
            unread_notices=rows[0][0] if rows else 0,
        )


@dataclass(frozen=True)
class Entry:
    title: str
    url: str
    is_current: bool
    count: int = 0


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the entries open to this person. Parts of pages never ask for them."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"navigation": []}
    return {
        "navigation": SimpleLazyObject(lambda: _entries(request)),
        "unread_notices": SimpleLazyObject(lambda: standing_of(request).unread_notices),
        "is_on_notices": request.path.startswith(reverse("notice_list")),
    }


def standing_of(request: HttpRequest) -> Standing:
    """Read once a request: a page may ask, and its navigation bar does."""
    if not hasattr(request, "standing"):
        request.standing = Standing.of(request.user)
    return request.standing


def unread_of(request: HttpRequest) -> int:
    """The same of what stands unread in the inbox of somebody who labels."""
    if not hasattr(request, "unread_count"):
        is_labeler = standing_of(request).is_labeler
        request.unread_count = unread_count(request.user) if is_labeler else 0
    return request.unread_count


def _entries(request: HttpRequest) -> list[Entry]:
    standing, unread = standing_of(request), unread_of(request)
    wanted = [
        (True, _("Home"), "home", 0),
        (standing.is_labeler, _("Label"), "label", 0),
        (standing.is_reviewer, _("Review"), "review_home", 0),
        (standing.is_expert, _("Expert"), "expert_home", 0),
        (standing.is_labeler, _("Inbox"), "inbox", unread),
        (standing.is_project_staff, _("Board"), "board", 0),
        (standing.is_project_staff, _("Projects"), "project_list", 0),
        (standing.is_people_manager, _("People"), "team_list", 0),
        (standing.reads_audit_log, _("Audit log"), "audit_log", 0),
    ]
    return [
        Entry(title, reverse(name), _is_current(request.path, reverse(name)), count)
        for is_open, title, name, count in wanted
        if is_open
    ]


def unread_count(user: User) -> int:
    """What stands unread in the inbox, counted up to a bound."""
    entries = feedback.open_entries(user).order_by().values("pk")
    told = feedback.untold(user).order_by().values("pk")
    # Every page shows it: one statement for both.
    return entries.union(told, all=True)[:COUNT_SHOWN].count()


def _is_current(path: str, url: str) -> bool:
    return path == url if url == reverse("home") else path.startswith(url)
