"""A person's account: profile, password, suspension."""

from django.contrib.auth.password_validation import password_changed
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from labelops.accounts import permissions
from labelops.accounts.models import Role, Team, User
from labelops.accounts.services import teams, tokens
from labelops.accounts.signals import person_suspended
from labelops.audit.models import Event
from labelops.audit.services import record
from labelops.errors import NotAllowed


def update_profile(
    user: User, *, name: str, language: str, time_zone: str, languages: list[str]
) -> User:
    changes = {
        "name": name,
        "language": language,
        "time_zone": time_zone,
        "languages": languages,
    }
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        before = {field: getattr(user, field) for field in changes}
        if before == changes:
            return user
        for field, value in changes.items():
            setattr(user, field, value)
        user.save(update_fields=list(changes))
        record(user, "person.changed", user, before=before, after=changes)
    return user


def change_password(user: User, password: str, *, by: User, reason: str = "") -> None:
    """Every session of the person ends with the old password."""
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        record(by, "password.changed", user, reason=reason)
    password_changed(password, user)


def suspend(user: User, *, by: User, reason: str) -> None:
    """Sessions end at once, API tokens and the links that the person made die."""
    with transaction.atomic():
        _require_governance(by, user)
        if user.pk == by.pk:
            _explain_self_suspension(user)
        user = User.objects.select_for_update().get(pk=user.pk)
        if not user.is_active:
            return
        user.is_active = False
        user.session_generation = F("session_generation") + 1
        user.save(update_fields=["is_active", "session_generation"])
        record(by, "person.suspended", user, reason=reason)
        person_suspended.send(sender=User, person=user, by=by, reason=reason)
        tokens.revoke_tokens(user, by=by, reason="person suspended")
        teams.revoke_links_by(user, by=by)


def reactivate(user: User, *, by: User) -> None:
    with transaction.atomic():
        _require_governance(by, user)
        user = User.objects.select_for_update().get(pk=user.pk)
        if user.is_active:
            return
        user.is_active = True
        user.save(update_fields=["is_active"])
        record(by, "person.reactivated", user)


def suspension_reason(user: User) -> str:
    event = Event.objects.about(user).filter(verb="person.suspended").first()
    return event.reason if event else ""


def _require_governance(by: User, user: User) -> None:
    if permissions.governs(by, user):
        return
    raise NotAllowed(
        _("%(person)s also belongs to a team that is not yours.") % {"person": user},
        hint=_("End the membership in your team, or ask an operator."),
    )


def _explain_self_suspension(user: User) -> None:
    managed = Team.objects.filter(memberships__user=user, memberships__role=Role.MANAGER)
    for team in managed:
        teams.require_other_manager(user, team)
    raise NotAllowed(
        _("You cannot suspend yourself."), hint=_("Ask another manager or an operator.")
    )
