"""The user that commands and background work act as when no person stands behind them."""

from django.contrib.auth.hashers import make_password

from labelops.accounts.models import User

USERNAME = "system"


def system_user() -> User:
    """The one inactive user without a password that nobody can log in as."""
    user, _made = User.objects.get_or_create(
        username=USERNAME,
        defaults={
            "kind": User.Kind.SYSTEM,
            "name": "LabelOps",
            "is_active": False,
            "password": make_password(None),
        },
    )
    return user
