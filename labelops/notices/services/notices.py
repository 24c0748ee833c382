"""Telling people, and noting what they have read."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from labelops.accounts.models import User
from labelops.notices.kinds import Kind
from labelops.notices.models import Notice, Preference

READ_KEPT = timedelta(days=90)
UNREAD_KEPT = timedelta(days=365)
PURGED_AT_ONCE = 5_000
DETAIL_LENGTH = 300


def notify(
    people: QuerySet[User] | Iterable[User],
    kind: Kind,
    *,
    about: models.Model,
    parameters: dict[str, Any],
    occasion: str = "",
    now: datetime | None = None,
) -> int:
    """Tell people, in the transaction of what it tells; those who want to hear of it. How many.

    A further one about the same thing takes the place of the unread one and counts on. `occasion`
    tells apart what happens to a thing more than once. Parameters that end in `_at` are moments.
    """
    if "detail" in parameters:
        parameters = {**parameters, "detail": str(parameters["detail"])[:DETAIL_LENGTH]}
    place = place_of(about, occasion)
    with transaction.atomic():
        listening = _listening(people, kind)
        before = Notice.objects.unread().filter(person__in=listening, kind=kind, about=place)
        counts = dict(before.order_by().values_list("person", "count"))
        if counts:
            before.delete()
        Notice.objects.bulk_create(
            Notice(
                person_id=person,
                kind=kind,
                about=place,
                parameters=parameters,
                count=counts.get(person, 0) + 1,
                told_at=now or timezone.now(),
            )
            for person in listening
        )
    return len(listening)


def place_of(about: models.Model, occasion: str = "") -> str:
    return f"{about._meta.label_lower}:{about.pk}" + (f":{occasion}" if occasion else "")


def _listening(people: QuerySet[User] | Iterable[User], kind: Kind) -> list[int]:
    """Those who want to hear of it, under their row locks: two at once count one after the other.

    A lock that foreign keys do not wait for: nobody's submit stands behind it.
    """
    wanted = people.values("pk") if isinstance(people, QuerySet) else [who.pk for who in people]
    refused = Preference.objects.filter(person=OuterRef("pk"), kind=kind, way=Preference.Way.NONE)
    found = User.objects.filter(
        ~Exists(refused), pk__in=wanted, kind=User.Kind.PERSON, is_active=True
    )
    locked = found.select_for_update(of=("self",), no_key=True).order_by("pk")
    return list(locked.values_list("pk", flat=True))


def was_told(kind: Kind, about: models.Model, occasion: str = "") -> bool:
    """Whether anybody was told, and may have read it since."""
    return Notice.objects.filter(kind=kind, about=place_of(about, occasion)).exists()


def mark_read(notice: Notice, *, now: datetime | None = None) -> None:
    Notice.objects.unread().filter(pk=notice.pk).update(read_at=now or timezone.now())


def mark_all_read(person: User, *, upto: int, now: datetime | None = None) -> int:
    """Those that were there when the person saw the page; what came later stays unread."""
    seen = Notice.objects.unread().filter(person=person, pk__lte=upto)
    return seen.update(read_at=now or timezone.now())


def mark_done(person: User, kind: Kind, about: models.Model) -> None:
    """What the notice asked for is done: it need not be read any more."""
    done = Notice.objects.unread().filter(person=person, kind=kind, about=place_of(about))
    done.update(read_at=timezone.now())


def purge(*, now: datetime | None = None) -> int:
    """Delete what was read long ago, and what nobody has come for in a year."""
    now = now or timezone.now()
    old = Notice.objects.filter(
        models.Q(read_at__lt=now - READ_KEPT) | models.Q(told_at__lt=now - UNREAD_KEPT)
    )
    count = 0
    while ids := list(old.order_by("pk").values_list("pk", flat=True)[:PURGED_AT_ONCE]):
        Notice.objects.filter(pk__in=ids).delete()
        count += len(ids)
    return count
