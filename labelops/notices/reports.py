"""Announcements as managers see them: who has read one and when, and who has not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from labelops.accounts.models import Membership, User
from labelops.lists import Page, keyset_page
from labelops.notices.models import Announcement, Receipt

READ, UNREAD = "read", "unread"


@dataclass(frozen=True)
class Reader:
    """One person it went to; `read_at` is None while they have not read it."""

    name: str
    username: str
    teams: str
    read_at: datetime | None


@dataclass(frozen=True)
class Counts:
    read: int
    unread: int


def with_counts(announcements: QuerySet[Announcement]) -> QuerySet[Announcement]:
    """With how many have read each, and how many of its people today have not."""
    read = Receipt.objects.filter(announcement=OuterRef("pk")).order_by()
    has_read = Receipt.objects.filter(
        announcement=OuterRef(OuterRef("pk")), person=OuterRef("user")
    )
    unread = (
        Membership.objects.filter(
            ~Exists(has_read),
            team__announcements=OuterRef("pk"),
            team__is_active=True,
            user__is_active=True,
            user__kind=User.Kind.PERSON,
        )
        .exclude(user=OuterRef("created_by"))
        .order_by()
        .values("team__announcements")
    )
    return announcements.annotate(
        read_count=Coalesce(
            Subquery(read.values("announcement").annotate(n=Count("pk")).values("n")), 0
        ),
        unread_count=Coalesce(
            Subquery(unread.annotate(n=Count("user", distinct=True)).values("n")), 0
        ),
    )


def people_of(announcement: Announcement, show: str = "") -> QuerySet[User]:
    """Its people today, and whoever has read it and left since."""
    members = Membership.objects.filter(
        user=OuterRef("pk"), team__announcements=announcement, team__is_active=True
    )
    receipts = Receipt.objects.filter(announcement=announcement, person=OuterRef("pk"))
    of_teams = Membership.objects.filter(team__announcements=announcement).select_related("team")
    people = (
        User.objects.annotate(receipt_at=Subquery(receipts.values("read_at")[:1]))
        .filter(
            Q(Exists(members), is_active=True, kind=User.Kind.PERSON) | Q(receipt_at__isnull=False)
        )
        .exclude(pk=announcement.created_by_id)
        .prefetch_related(Prefetch("memberships", of_teams.order_by("team__name"), "told_in"))
    )
    if show in {READ, UNREAD}:
        return people.filter(receipt_at__isnull=show == UNREAD)
    return people


def counts_of(announcement: Announcement) -> Counts:
    found = people_of(announcement).aggregate(
        read=Count("receipt_at"), unread=Count("pk", filter=Q(receipt_at=None))
    )
    return Counts(**found)


def readers_page(announcement: Announcement, cursor: str, *, show: str) -> Page:
    page = keyset_page(people_of(announcement, show), cursor)
    return Page(list(readers(page.rows)), page.next_cursor, page.is_first)


def readers(people: Iterable[Any]) -> Iterable[Reader]:
    for person in people:
        teams = ", ".join(membership.team.name for membership in person.told_in)
        yield Reader(str(person), person.username, teams, person.receipt_at)
