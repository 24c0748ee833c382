"""API tokens as REST framework sees them: `Authorization: Token <secret>`."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from labelops.accounts.backends import may_enter, person_with_standing
from labelops.accounts.models import ApiToken, User
from labelops.accounts.services import tokens

KEYWORD = "Token"
LONGEST_SECRET = 200


class BadToken(exceptions.AuthenticationFailed):
    default_code = "bad_token"
    default_detail = _("This API token is not valid.")


class NoAccess(exceptions.AuthenticationFailed):
    default_code = "access_ended"
    default_detail = _("The access of this account has ended.")


class ReadOnlyToken(exceptions.PermissionDenied):
    default_code = "read_only_token"
    default_detail = _("This API token may only read.")


class TokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        keyword, _space, secret = get_authorization_header(request).partition(b" ")
        if keyword.lower() != KEYWORD.lower().encode():
            return None
        token = _find(secret.strip())
        [user] = person_with_standing.fetch(user_id=token.user_id)
        if not may_enter(user):
            raise NoAccess
        if token.scope != ApiToken.Scope.WRITE and request.method not in SAFE_METHODS:
            raise ReadOnlyToken
        tokens.note_use(token)
        return user, token

    def authenticate_header(self, request: Request) -> str:
        return KEYWORD


def _find(secret: bytes) -> ApiToken:
    if not secret or len(secret) > LONGEST_SECRET or not secret.isascii():
        raise BadToken
    token = tokens.find_token(secret.decode())
    if token is None or token.expires_at <= timezone.now():
        raise BadToken
    return token
