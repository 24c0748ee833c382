"""One-time links: invitations and password resets. The secret is shown once, kept as a digest."""

import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts import permissions
from labelops.accounts.models import AccessLink, Membership, Role, Team, User, hash_secret
from labelops.accounts.services import people, teams
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError, NotAllowed

INVITATION_LIFE = timedelta(hours=24)
PASSWORD_LINK_LIFE = timedelta(hours=24)


class LinkClosed(DomainError):
    """The link opens nothing any more; `code` says why."""

    status = 410


def invite(team: Team, *, role: Role, note: str, by: User) -> tuple[AccessLink, str]:
    """A link that lets one person join the team in this role within 24 hours."""
    _require_manager(by, team)
    if not team.is_active:
        raise Conflict(_("%(team)s is not active, so nobody can join it.") % {"team": team})
    secret, expires_at = secrets.token_urlsafe(32), timezone.now() + INVITATION_LIFE
    with transaction.atomic():
        link = AccessLink.objects.create(
            kind=AccessLink.Kind.INVITATION,
            secret_hash=hash_secret(secret),
            team=team,
            role=role,
            note=note,
            created_by=by,
            expires_at=expires_at,
        )
        record(by, "invitation.created", link, after=_facts(link))
    return link, secret


def make_password_link(membership: Membership, *, by: User) -> tuple[AccessLink, str]:
    """A link to choose a new password within 24 hours; the older ones stop working."""
    _require_manager(by, membership.team)
    if not permissions.governs(by, membership.user):
        raise NotAllowed(
            _("%(person)s also belongs to a team that is not yours.") % {"person": membership.user},
            hint=_("Ask an operator for the link."),
        )
    secret, now = secrets.token_urlsafe(32), timezone.now()
    with transaction.atomic():
        _revoke_password_links(membership.user, by=by, at=now)
        link = AccessLink.objects.create(
            kind=AccessLink.Kind.PASSWORD,
            secret_hash=hash_secret(secret),
            team=membership.team,
            user=membership.user,
            created_by=by,
            expires_at=now + PASSWORD_LINK_LIFE,
        )
        record(by, "password_link.created", link, after={"user": membership.user_id})
    return link, secret


def revoke_link(link: AccessLink, *, by: User) -> None:
    """Closing a closed link changes nothing."""
    _require_manager(by, link.team)
    with transaction.atomic():
        link = AccessLink.objects.select_for_update().get(pk=link.pk)
        if link.used_at or link.revoked_at:
            return
        link.revoked_at = timezone.now()
        link.save(update_fields=["revoked_at"])
        record(by, "link.revoked", link)


def get_open_link(secret: str, kind: AccessLink.Kind, *, lock: bool = False) -> AccessLink:
    """The link behind a secret. Raises LinkClosed, with what to do next, when it opens nothing."""
    links = AccessLink.objects.filter(kind=kind, secret_hash=hash_secret(secret))
    if lock:
        links = links.select_for_update(of=("self",))
    link = links.select_related("team", "user", "created_by").first()
    if link is None or not link.is_open or not link.team.is_active:
        raise _closed(link)
    return link


def accept_invitation(
    secret: str, *, username: str, name: str, password: str, language: str, time_zone: str
) -> User:
    """Make the account of somebody new, in the team and role that the link was made for."""
    with transaction.atomic():
        link = get_open_link(secret, AccessLink.Kind.INVITATION, lock=True)
        profile = {"name": name, "language": language, "time_zone": time_zone}
        try:
            # A savepoint: somebody may have taken the name since the form was checked.
            with transaction.atomic():
                user = User.objects.create_user(username, password=password, **profile)
        except IntegrityError as error:
            raise Conflict(_("This account name is taken."), field="username") from error
        record(user, "person.created", user, after={"username": user.username})
        _join(link, user)
    return user


def join_with_invitation(secret: str, *, user: User) -> Team:
    """Let somebody who has an account join one more team."""
    with transaction.atomic():
        link = get_open_link(secret, AccessLink.Kind.INVITATION, lock=True)
        if Membership.objects.filter(team=link.team, user=user).exists():
            raise Conflict(
                _("You are already in %(team)s. The link can still be used by somebody else.")
                % {"team": link.team},
                code="already_member",
            )
        _join(link, user)
    return link.team


def use_password_link(secret: str, *, password: str) -> User:
    """Set the new password. Sessions of the old one end, and so do other open links."""
    with transaction.atomic():
        link = get_open_link(secret, AccessLink.Kind.PASSWORD, lock=True)
        user, now = link.user, timezone.now()
        _use(link, at=now)
        _revoke_password_links(user, by=user, at=now)
        people.change_password(user, password, by=user, reason="one-time link")
    return user


def _join(link: AccessLink, user: User) -> None:
    _use(link, at=timezone.now())
    record(user, "invitation.used", link, after=_facts(link))
    teams.add_member(link.team, user, role=Role(link.role), by=user)


def _use(link: AccessLink, *, at: datetime) -> None:
    link.used_at = at
    link.save(update_fields=["used_at"])


def _revoke_password_links(user: User, *, by: User, at: datetime) -> None:
    for link in user.access_links.filter(used_at=None, revoked_at=None):
        link.revoked_at = at
        link.save(update_fields=["revoked_at"])
        record(by, "link.revoked", link, reason="a newer link or password")


def _require_manager(by: User, team: Team) -> None:
    if not permissions.manages(by, team):
        raise NotAllowed(_("Only a manager of the team may do this."))


def _facts(link: AccessLink) -> dict[str, object]:
    return {"team": link.team_id, "role": link.role, "for": link.note}


def _closed(link: AccessLink | None) -> LinkClosed:
    ask = _("Ask your manager for a new one.")
    if link is None:
        hint = _("Check that you copied the whole address, or ask your manager for a new one.")
        return LinkClosed(_("This link is not known here."), code="link_unknown", hint=hint)
    if link.used_at:
        hint = _("If it was you, log in. If not, tell your manager.")
        return LinkClosed(_("This link has been used."), code="link_used", hint=hint)
    if link.revoked_at:
        return LinkClosed(_("This link was withdrawn."), code="link_revoked", hint=ask)
    if not link.team.is_active:
        return LinkClosed(_("The team has ended."), code="link_team_ended", hint=ask)
    return LinkClosed(_("This link has expired."), code="link_expired", hint=ask)
