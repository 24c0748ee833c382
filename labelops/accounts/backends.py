"""Who may enter at all, through the session or with a token."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.http import HttpRequest

from labelops.accounts.models import Membership, User
from labelops.prepared import PreparedQuery


def people_with_standing() -> QuerySet[User]:
    """Users that know, without a further query, whether an active team stands behind them."""
    active = Membership.objects.filter(user=OuterRef("pk"), team__is_active=True)
    return User.objects.annotate(has_active_team=Exists(active))


person_with_standing = PreparedQuery(lambda user_id: people_with_standing().filter(pk=user_id))


def may_enter(user: User) -> bool:
    """The one gate for sessions and tokens; `user` comes from `people_with_standing`."""
    if not user.is_active or user.kind == User.Kind.SYSTEM:
        return False
    return bool(user.is_staff or user.has_active_team)


class TeamGateBackend(ModelBackend):
    """Passwords and sessions of people whose account and team are active.

    `authenticate` finds whoever knows the password, so that the login page can say why a person
    may not enter; the session of somebody who may not is refused at each request by `get_user`.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_ignored: Any,
    ) -> User | None:
        if username is None or password is None:
            return None
        same_name = Exact(Lower("username"), Lower(Value(username)))
        user = people_with_standing().filter(same_name, kind=User.Kind.PERSON).first()
        if user is None:
            # One hash, as for a wrong password: the time tells nobody which names exist.
            User().set_password(password)
            return None
        return user if user.check_password(password) else None

    def get_user(self, user_id: int) -> User | None:
        found = person_with_standing.fetch(user_id=int(user_id))
        return found[0] if found and may_enter(found[0]) else None
