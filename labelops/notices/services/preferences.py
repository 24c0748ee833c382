"""How each kind of notice shall reach a person."""

from django.db import transaction

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.notices.kinds import Kind
from labelops.notices.models import Preference

Way = Preference.Way


def ways_of(person: User) -> dict[str, str]:
    """What the person chose; every other kind is shown on the pages alone."""
    return dict(person.notice_preferences.values_list("kind", "way"))


def choose_ways(person: User, ways: dict[Kind, str]) -> None:
    """Keep what the person chose for these kinds; the other kinds stay as they are."""
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
        before = ways_of(person)
        changed = {
            kind.value: way for kind, way in ways.items() if before.get(kind, Way.PAGES) != way
        }
        if not changed:
            return
        person.notice_preferences.filter(kind__in=changed).delete()
        Preference.objects.bulk_create(
            Preference(person=person, kind=kind, way=Way(way)) for kind, way in changed.items()
        )
        record(person, "notices.chosen", person, after=changed)
