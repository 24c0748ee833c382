"""Which items of a set somebody means: ticked ones, or all of them."""

import uuid
from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext as _

from datasets.services.item_sets import ItemSet, Member, members_of
from labelops.errors import DomainError
from tasks.models import Item, Project

TICKED_MOST = 200
OBJECT_LENGTH = 64


def ticked_members(project: Project, ticks: list[str]) -> list[Member]:
    """A tick is a public id, perhaps with that of an object behind a colon. Raises DomainError."""
    if len(ticks) > TICKED_MOST:
        raise _refused()
    named = [_named(tick) for tick in dict.fromkeys(ticks)]
    rows = Item.objects.filter(
        project=project, public_id__in={public_id for public_id, _o in named}
    )
    ids = dict(rows.values_list("public_id", "pk"))
    return [Member(ids[public_id], name) for public_id, name in named if public_id in ids]


def all_members(item_set: ItemSet, most: int) -> list[Member]:
    """Raises DomainError where there are more: a wrong edit of them would take too long to mend."""
    found: list[Member] = []
    for members in members_of(item_set):
        found += members
        if len({member.item_id for member in found}) > most:
            raise DomainError(
                _("The set has more than %(most)d items.") % {"most": most},
                code="too_many",
                field="item",
                hint=_("Tick some of them, or narrow the set."),
            )
    return found


def meant_by(members: Iterable[Member]) -> dict[int, list[str]]:
    """The objects that are meant, by item; none where the label as a whole is."""
    meant: dict[int, list[str]] = defaultdict(list)
    for member in members:
        objects = meant[member.item_id]
        if member.truth_id and member.truth_id not in objects:
            objects.append(member.truth_id)
    return dict(meant)


def _named(tick: str) -> tuple[uuid.UUID, str]:
    public_id, _colon, name = tick.partition(":")
    try:
        found = uuid.UUID(public_id)
    except ValueError as error:
        raise _refused() from error
    if len(name) > OBJECT_LENGTH or "\x00" in name:
        raise _refused()
    return found, name


def _refused() -> DomainError:
    return DomainError(_("These items cannot be read."), code="unknown_value", field="item")
