"""Teams, and who holds which role in them."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts import permissions
from labelops.accounts.models import AccessLink, Membership, Role, Team, User
from labelops.accounts.services import tokens
from labelops.audit.services import record
from labelops.errors import DomainError, NotAllowed

CHANGEABLE = ("name", "region", "is_active")


def create_team(*, name: str, kind: Team.Kind, by: User, region: str = "") -> Team:
    _require_operator(by)
    with transaction.atomic():
        team = Team.objects.create(name=name, kind=kind, region=region)
        record(by, "team.created", team, after=_facts(team) | {"kind": team.kind})
    return team


def update_team(team: Team, *, by: User, **changes: Any) -> Team:
    """Rename, or end and restore the access of everybody who has no other team."""
    _require_operator(by)
    if unknown := set(changes) - set(CHANGEABLE):
        raise DomainError(_("%(name)s cannot be changed.") % {"name": min(unknown)})
    with transaction.atomic():
        team = Team.objects.select_for_update().get(pk=team.pk)
        before = _facts(team)
        for name, value in changes.items():
            setattr(team, name, value)
        team.save(update_fields=list(changes))
        if _facts(team) != before:
            record(by, "team.changed", team, before=before, after=_facts(team))
    return team


def add_member(team: Team, user: User, *, role: Role, by: User) -> Membership:
    """Called inside a transaction by whoever checked the right to do so."""
    membership = Membership.objects.create(user=user, team=team, role=role)
    record(by, "membership.created", membership, after=_place(membership))
    return membership


def change_role(membership: Membership, *, role: Role, by: User) -> Membership:
    with transaction.atomic():
        membership = _locked(membership, by)
        if role == membership.role:
            return membership
        if role != Role.MANAGER:
            _keep_a_manager(membership, by)
        before = _place(membership)
        membership.role = role
        membership.save(update_fields=["role"])
        record(by, "membership.changed", membership, before=before, after=_place(membership))
        if role != Role.MANAGER:
            _end_powers(membership, by)
    return membership


def end_membership(membership: Membership, *, by: User, reason: str = "") -> None:
    with transaction.atomic():
        membership = _locked(membership, by)
        _keep_a_manager(membership, by)
        record(by, "membership.ended", membership, before=_place(membership), reason=reason)
        Membership.objects.filter(pk=membership.pk).delete()
        _end_powers(membership, by)


def revoke_links_by(user: User, *, by: User, team: Team | None = None) -> None:
    """Links die with the power of whoever made them."""
    made = AccessLink.objects.filter(created_by=user, used_at=None, revoked_at=None)
    for link in made.filter(team=team) if team else made:
        link.revoked_at = timezone.now()
        link.save(update_fields=["revoked_at"])
        record(by, "link.revoked", link, reason="its maker lost the right to make it")


def require_other_manager(user: User, team: Team) -> None:
    """Raises NotAllowed when nobody but `user` could manage the team."""
    others = Membership.objects.filter(team=team, role=Role.MANAGER, user__is_active=True)
    if not others.exclude(user=user).exists():
        raise NotAllowed(
            _("You are the only manager of %(team)s.") % {"team": team},
            code="last_manager",
            hint=_("Make somebody else a manager of it first."),
        )


def _keep_a_manager(membership: Membership, by: User) -> None:
    if membership.user_id == by.pk and membership.role == Role.MANAGER:
        require_other_manager(by, membership.team)


def _end_powers(membership: Membership, by: User) -> None:
    revoke_links_by(membership.user, by=by, team=membership.team)
    tokens.revoke_tokens_without_role(membership.user, by=by)


def _locked(membership: Membership, by: User) -> Membership:
    """The row as it is now. The team is locked too: two managers cannot both leave as the last."""
    team = Team.objects.select_for_update().get(pk=membership.team_id)
    if not permissions.manages(by, team):
        raise NotAllowed(_("Only a manager of the team may do this."))
    fresh = Membership.objects.select_related("user", "team").filter(pk=membership.pk).first()
    if fresh is None:
        raise DomainError(_("This person has already left the team."), code="already_ended")
    return fresh


def _require_operator(by: User) -> None:
    if not permissions.is_operator(by):
        raise NotAllowed(_("Only an operator may do this."))


def _facts(team: Team) -> dict[str, Any]:
    return {"name": team.name, "region": team.region, "is_active": team.is_active}


def _place(membership: Membership) -> dict[str, Any]:
    return {"user": membership.user_id, "team": membership.team_id, "role": membership.role}
