"""The only way a page of notices obtains an object. What is not granted does not exist: 404."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from labelops.accounts import access as people_access
from labelops.accounts import permissions
from labelops.accounts.models import Membership, Role, Team, User
from labelops.notices.models import Announcement, MailAddress, Notice, Receipt
from labelops.notices.services.addresses import is_token_of
from tasks.access import MANAGERS, projects


def get_notice(user: User, notice_id: int) -> Notice:
    return get_object_or_404(Notice, person=user, pk=notice_id)


def get_address(user: User, token: str) -> MailAddress:
    """The person's own address, by the link that was sent to it."""
    row = get_object_or_404(MailAddress, person=user)
    if not is_token_of(row, token):
        raise Http404
    return row


def reached_teams(user: User) -> QuerySet[Team]:
    """Teams that a manager speaks to: their own, in-house also all of their projects."""
    own = people_access.teams(user).values("pk")
    of_projects = projects(user, MANAGERS).values("pk")
    return Team.objects.filter(Q(pk__in=own) | Q(projects__in=of_projects)).distinct()


def announcements(user: User) -> QuerySet[Announcement]:
    """What went to none but teams that the manager reaches; a vendor's see their own people's."""
    people_access.require_team_manager(user)
    elsewhere = Announcement.teams.through.objects.filter(announcement=OuterRef("pk")).exclude(
        team__in=reached_teams(user).values("pk")
    )
    found = Announcement.objects.filter(~Exists(elsewhere)).select_related("created_by")
    if permissions.is_operator(user) or _manages_in_house(user):
        return found
    colleagues = Membership.objects.filter(
        user=OuterRef("created_by"), team__in=people_access.teams(user).values("pk")
    )
    return found.filter(Exists(colleagues))


def _manages_in_house(user: User) -> bool:
    held = user.memberships.filter(role=Role.MANAGER, team__is_active=True)
    return held.filter(team__kind=Team.Kind.IN_HOUSE).exists()


def get_announcement(user: User, announcement_id: int) -> Announcement:
    return get_object_or_404(announcements(user), pk=announcement_id)


def announcements_to(user: User) -> QuerySet[Announcement]:
    """What stands for the person today, read or not; nobody is told their own words."""
    own_teams = user.memberships.filter(team__is_active=True).values("team")
    told = Announcement.teams.through.objects.filter(
        announcement=OuterRef("pk"), team__in=own_teams
    )
    standing = Announcement.objects.filter(Exists(told), withdrawn_at=None)
    last_day = Q(ends_on=None) | Q(ends_on__gte=timezone.localdate())
    return standing.filter(last_day).exclude(created_by=user)


def unread_announcements(user: User) -> QuerySet[Announcement]:
    """What has to be confirmed first, then the newest."""
    seen = Receipt.objects.filter(announcement=OuterRef("pk"), person=user)
    return announcements_to(user).filter(~Exists(seen)).order_by("-must_confirm", "-pk")


def get_own_announcement(user: User, announcement_id: int) -> Announcement:
    return get_object_or_404(announcements_to(user), pk=announcement_id)
