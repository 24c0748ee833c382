"""Writes events. Services call `record` inside the transaction of their change."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models

from labelops.audit.models import Event


def record(
    actor: AbstractBaseUser | None,
    verb: str,
    target: models.Model,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
    request_key: uuid.UUID | None = None,
) -> Event:
    """Append one event about `target`; without an actor the system acted by itself."""
    return Event.objects.create(
        actor=actor,
        verb=verb,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        before=before,
        after=after,
        reason=reason,
        request_key=request_key,
    )


def record_each(
    actor: AbstractBaseUser | None,
    verb: str,
    targets: Iterable[models.Model],
    *,
    reason: str = "",
) -> None:
    """Append the same event about each of the targets, in one statement."""
    Event.objects.bulk_create(
        Event(
            actor=actor,
            verb=verb,
            target_type=target._meta.label_lower,
            target_id=str(target.pk),
            reason=reason,
        )
        for target in targets
    )
