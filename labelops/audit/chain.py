"""The chain of seals: how a link is made, and the walk that proves it whole."""

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from labelops.audit.models import Event, EventSeal

COLUMNS = (
    "id",
    "actor_id",
    "verb",
    "target_type",
    "target_id",
    "before",
    "after",
    "reason",
    "request_key",
    "created_at",
)
# What a seal repeats of its event.
COPIED = ("actor_id", "verb", "created_at")
CHUNK = 2_000
# Below every id there can be.
NO_EVENT = -(2**63)


@dataclass(frozen=True)
class Head:
    """The newest link: what the next one stands on."""

    sequence: int = 0
    sha256: str = ""
    event_id: int = NO_EVENT


@dataclass(frozen=True)
class Verdict:
    """What the walk found: the last link that holds, and the first thing that is wrong."""

    head: Head
    waiting: int = 0
    problem: str = ""


def head() -> Head:
    newest = (
        EventSeal.objects.order_by("-sequence").values("sequence", "sha256", "event_id").first()
    )
    return Head(**newest) if newest else Head()


def digest(previous: str, event: dict[str, Any], project_id: int | None) -> str:
    """SHA-256 of the link before, and of all columns of the event and its project as JSON."""
    facts = json.dumps(
        event | {"project_id": project_id}, sort_keys=True, separators=(",", ":"), default=_plain
    )
    return hashlib.sha256(f"{previous}\n{facts}".encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"An event holds {type(value).__name__}, which has no one way to be written.")


def verify(told: Callable[[int], None], noted: tuple[int, str] | None = None) -> Verdict:
    """Walk the chain from its beginning, some thousand links at a time; `told` hears how far it is.

    `noted` are number and digest of a link that an earlier walk told: only who wrote them down
    elsewhere can know that the end of the chain was not cut off.
    """
    last = Head()
    seen = noted is None
    while seals := list(
        EventSeal.objects.filter(sequence__gt=last.sequence).order_by("sequence")[:CHUNK]
    ):
        events = _events(last.event_id, max(seal.event_id for seal in seals), len(seals) + 1)
        for seal in seals:
            if problem := _problem(last, seal, next(events, None)):
                return Verdict(last, problem=problem)
            last = Head(seal.sequence, seal.sha256, seal.event_id)
            if noted and seal.sequence == noted[0]:
                seen = seal.sha256 == noted[1]
                if not seen:
                    return Verdict(last, problem=f"Seal {noted[0]} is not the one that was noted.")
        told(last.sequence)
    if not seen:
        problem = f"The chain ends at seal {last.sequence}: the noted one, {noted[0]}, was cut off."
        return Verdict(last, problem=problem)
    return Verdict(last, waiting=Event.objects.filter(id__gt=last.event_id).count())


def _events(after: int, up_to: int, most: int) -> Iterator[dict[str, Any]]:
    rows = Event.objects.filter(id__gt=after, id__lte=up_to).order_by("id")
    return iter(rows.values(*COLUMNS)[:most])


def _problem(last: Head, seal: EventSeal, event: dict[str, Any] | None) -> str:
    """What is wrong with a link and the next event there is; empty when they fit."""
    if seal.event_id <= last.event_id:
        return f"Seal {seal.sequence} was changed: its event {seal.event_id} is sealed before."
    if event is not None and event["id"] < seal.event_id:
        return (
            f"Event {event['id']} ({_named(event)}) was put between sealed ones, "
            "or its seal was removed."
        )
    if seal.sequence != last.sequence + 1:
        return (
            f"Seal {last.sequence + 1} and its event were removed: the chain goes on with "
            f"seal {seal.sequence} of event {seal.event_id}."
        )
    if event is None or event["id"] > seal.event_id:
        return f"Event {seal.event_id} was removed: seal {seal.sequence} of {seal.verb} is there."
    copied = all(getattr(seal, name) == event[name] for name in COPIED)
    if not copied or seal.sha256 != digest(last.sha256, event, seal.project_id):
        return (
            f"Event {event['id']} ({_named(event)}) was changed after it was sealed, "
            f"or its seal {seal.sequence} was."
        )
    return ""


def _named(event: dict[str, Any]) -> str:
    at = event["created_at"].astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return f"{event['verb']}, {event['target_type']} {event['target_id']}, {at} UTC"
