"""API tokens: made, found, and ended."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts import permissions
from labelops.accounts.models import ApiToken, User, hash_secret
from labelops.audit.services import record
from labelops.errors import DomainError, NotAllowed

PREFIX = "lo_"
LONGEST_DAYS = 365
# One write a minute is enough to say when a token was last used.
USE_NOTED_EVERY = timedelta(minutes=1)


def create_token(
    user: User, *, name: str, scope: ApiToken.Scope, days: int
) -> tuple[ApiToken, str]:
    """A token of the person's own, and its secret, which is not kept."""
    if not permissions.may_hold_tokens(user):
        raise NotAllowed(_("API tokens are for managers and experts."))
    if not 1 <= days <= LONGEST_DAYS:
        raise DomainError(
            _("A token lives for 1 to %(days)d days.") % {"days": LONGEST_DAYS}, field="days"
        )
    secret = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user,
            name=name,
            scope=scope,
            secret_hash=hash_secret(secret),
            expires_at=timezone.now() + timedelta(days=days),
        )
        record(user, "token.created", token, after=_facts(token))
    return token, secret


def revoke_token(token: ApiToken, *, by: User, reason: str = "") -> None:
    """The token is gone at once; only its event remains."""
    with transaction.atomic():
        record(by, "token.revoked", token, before=_facts(token), reason=reason)
        token.delete()


def revoke_tokens(user: User, *, by: User, reason: str) -> None:
    for token in user.api_tokens.all():
        revoke_token(token, by=by, reason=reason)


def revoke_tokens_without_role(user: User, *, by: User) -> None:
    """Ends the tokens of somebody whose last role that allowed them is gone."""
    if not permissions.may_hold_tokens(user):
        revoke_tokens(user, by=by, reason="role ended")


def find_token(secret: str) -> ApiToken | None:
    return ApiToken.objects.filter(secret_hash=hash_secret(secret)).first()


def note_use(token: ApiToken) -> None:
    now = timezone.now()
    is_due = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    if token.last_used_at is None or token.last_used_at < now - USE_NOTED_EVERY:
        ApiToken.objects.filter(is_due, pk=token.pk).update(last_used_at=now)


def _facts(token: ApiToken) -> dict[str, str]:
    return {
        "name": token.name,
        "scope": token.scope,
        "expires_at": token.expires_at.isoformat(),
    }
