"""The only way a page about people obtains an object. What is not granted does not exist: 404."""

import uuid

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from labelops.accounts import permissions
from labelops.accounts.models import (
    AccessLink,
    ApiToken,
    Membership,
    Role,
    SavedView,
    Team,
    User,
)


def teams(user: User) -> QuerySet[Team]:
    """All teams for an operator, their own ones for a manager."""
    if permissions.is_operator(user):
        return Team.objects.all()
    managed = user.memberships.filter(role=Role.MANAGER, team__is_active=True)
    return Team.objects.filter(pk__in=managed.values("team"))


def require_team_manager(user: User) -> None:
    if not permissions.is_operator(user) and not teams(user).exists():
        raise Http404


def require_operator(user: User) -> None:
    if not permissions.is_operator(user):
        raise Http404


def get_team(user: User, team_id: int) -> Team:
    return get_object_or_404(teams(user), pk=team_id)


def get_membership(user: User, team_id: int, membership_id: int) -> Membership:
    own = Membership.objects.filter(team__in=teams(user)).select_related("user", "team")
    return get_object_or_404(own, team_id=team_id, pk=membership_id)


def get_link(user: User, link_id: int) -> AccessLink:
    own = AccessLink.objects.filter(team__in=teams(user)).select_related("team")
    return get_object_or_404(own, pk=link_id)


def tokens(user: User) -> QuerySet[ApiToken]:
    if not permissions.may_hold_tokens(user):
        raise Http404
    return ApiToken.objects.filter(user=user)


def get_token(user: User, public_id: uuid.UUID) -> ApiToken:
    return get_object_or_404(tokens(user), public_id=public_id)


def get_saved_view(user: User, view_id: int) -> SavedView:
    return get_object_or_404(SavedView.objects.filter(user=user), pk=view_id)
