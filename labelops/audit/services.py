"""Writes events. Services call `record` inside the transaction of their change."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models

from labelops.audit.models import Event
from labelops.prepared_writes import insert


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
    event = _event(actor, verb, target, reason)
    event.before, event.after, event.request_key = before, after, request_key
    insert(event)
    return event


def record_each(
    actor: AbstractBaseUser | None,
    verb: str,
    targets: Iterable[models.Model],
    *,
    reason: str = "",
) -> None:
    """Append the same event about each of the targets, in one statement."""
    events = [_event(actor, verb, target, reason) for target in targets]
    if len(events) == 1:
        insert(events[0])
    else:
        Event.objects.bulk_create(events)


def _event(actor: AbstractBaseUser | None, verb: str, target: models.Model, reason: str) -> Event:
    return Event(
        actor_id=actor.pk if actor else None,
        verb=verb,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        reason=reason,
    )
