"""Answers what happens below tasks."""

from typing import Any

from django.dispatch import receiver

from labelops.accounts.models import User
from labelops.accounts.signals import person_suspended
from tasks.services import leases


@receiver(person_suspended)
def take_work_back(
    sender: type[User], person: User, by: User, reason: str, **_keywords: Any
) -> None:
    leases.revoke_person(person, by=by, reason=reason)
