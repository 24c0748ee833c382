"""Finds the events that somebody may read and asked for, newest first, at a cost that is constant.

Sealed events are found through the indexes of their seals, by project, person and verb. The last
seconds, which nobody has sealed, belong to no project yet; operators see them all the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import BigIntegerField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from labelops.audit.access import Reader
from labelops.audit.chain import head
from labelops.audit.filters import ITSELF, Chosen
from labelops.audit.models import Event, EventSeal

# The clocks of several servers: numbers are in the order of time, but for this.
CLOCKS_APART = timedelta(minutes=1)
NO_END = 2**62


@dataclass(frozen=True)
class Found:
    """An event with its actor, and its seal when it has one by now."""

    event: Event
    seal: EventSeal | None


@dataclass(frozen=True)
class Search:
    """What is looked for; `actor` is empty for what LabelOps did by itself."""

    reader: Reader
    chosen: Chosen
    actor: int | None = None

    def newest(self, size: int, before: int | None = None) -> list[Found]:
        """At most `size` events below a number."""
        # The unsealed first: what is sealed in between is met twice, and not missed.
        found = {event.pk: Found(event, None) for event in self._unsealed(size, before)}
        seals = {seal.event_id: seal for seal in self._sealed(size, before)}
        events = Event.objects.filter(pk__in=list(seals)).select_related("actor").order_by()
        found |= {event.pk: Found(event, seals[event.pk]) for event in events}
        return [found[number] for number in sorted(found, reverse=True)[:size]]

    def _unsealed(self, size: int, before: int | None) -> QuerySet[Event]:
        if not self.reader.is_operator or self.chosen.project:
            return Event.objects.none()
        # As a number by itself: of a query within the query PostgreSQL expects a third of all rows.
        rows = Event.objects.filter(pk__gt=head().event_id)
        rows = self._asked_for(rows).exclude(self._is_secret())
        if self.chosen.target:
            rows = rows.filter(**_target(self.chosen))
        if before is not None:
            rows = rows.filter(pk__lt=before)
        return rows.select_related("actor").order_by("-pk")[:size]

    def _sealed(self, size: int, before: int | None) -> QuerySet[EventSeal]:
        """Seals alone: joined to their events, a database would walk through both tables."""
        managed = [one.pk for one in self.reader.projects.values() if one.is_managed]
        rows = self._asked_for(EventSeal.objects.all())
        rows = rows.exclude(self._is_secret() & ~Q(project_id__in=managed))
        if self.chosen.target:
            events = Event.objects.filter(**_target(self.chosen))
            rows = rows.filter(event_id__in=events.order_by().values("pk"))
        if before is not None:
            rows = rows.filter(event_id__lt=before)
        if self.chosen.project:
            rows = rows.filter(project_id=self.chosen.project.pk)
        elif not self.reader.is_operator:
            return _of_projects(rows, self.reader.scope, size)
        return rows.order_by("-event_id")[:size]

    def _is_secret(self) -> Q:
        secret = Q(pk__in=[])
        for kind in self.reader.secret_kinds:
            secret |= Q(verb__startswith=f"{kind}.")
        return secret

    def _asked_for(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Rows of events or of seals: both have a person, a verb and a time."""
        chosen = self.chosen
        wanted: dict[str, Any] = {}
        if chosen.verb:
            wanted["verb"] = chosen.verb
        if chosen.person:
            wanted["actor_id"] = self.actor
        if chosen.starts_at:
            wanted["pk__gte"] = Subquery(_first_since(chosen.starts_at - CLOCKS_APART))
            wanted["created_at__gte"] = chosen.starts_at
        if chosen.ends_at:
            first = Subquery(_first_since(chosen.ends_at + CLOCKS_APART))
            wanted["pk__lt"] = Coalesce(first, NO_END)
            wanted["created_at__lt"] = chosen.ends_at
        return rows.filter(**wanted)


def _target(chosen: Chosen) -> dict[str, str]:
    target_type, target_id = chosen.target or ("", "")
    return {"target_type": target_type, "target_id": target_id}


def search(reader: Reader, chosen: Chosen) -> Search | None:
    """None for a person whom nobody knows, which is told like one who did nothing."""
    if chosen.person in ("", ITSELF):
        return Search(reader, chosen)
    people = get_user_model().objects.filter(username__iexact=chosen.person)
    found = people.values_list("pk", flat=True).first()
    return None if found is None else Search(reader, chosen, found)


def _first_since(moment: datetime) -> QuerySet[Event]:
    rows = Event.objects.filter(created_at__gte=moment)
    return rows.order_by("created_at", "pk").values("pk")[:1]


def _of_projects(
    rows: QuerySet[EventSeal], projects: QuerySet[Any], size: int
) -> QuerySet[EventSeal]:
    """The newest rows of several projects, of which some may have been quiet for long.

    A database would walk back through everybody's events until it has found enough of theirs. So
    each project is asked first where its own last `size` rows begin: after the newest of these
    beginnings none has more than `size`, and the sum, which no index offers, makes it look there.
    """
    own = rows.filter(project_id=OuterRef("pk")).order_by("-event_id").values("event_id")
    begun = projects.annotate(beginning=Subquery(own[size - 1 : size])).order_by()
    found = dict(begun.values_list("pk", "beginning"))
    beginnings = [one for one in found.values() if one is not None]
    rows = rows.filter(project_id__in=list(found))
    if beginnings:
        rows = rows.filter(event_id__gte=max(beginnings))
    number = ExpressionWrapper(F("event_id") + 0, output_field=BigIntegerField())
    return rows.alias(number=number).order_by("-number")[:size]
