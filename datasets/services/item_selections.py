"""What somebody chose on the map, kept for a while so that any page can show it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from datasets.models import ItemMap, ItemSelection
from datasets.services.item_maps import MapTable
from labelops.accounts.models import User
from labelops.errors import Conflict, DomainError
from tasks.models import Project

KEPT = timedelta(days=30)
ITEMS_MOST = 100_000


def read_places(text: str) -> list[int]:
    """Whole numbers with commas between them, as a page sends them. Raises DomainError."""
    parts = text.split(",", ITEMS_MOST)
    is_right = all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts)
    if not is_right or len(parts) > ITEMS_MOST:
        raise DomainError(
            _("Choose up to %(most)d items on the map.") % {"most": ITEMS_MOST},
            code="unknown_value",
            field="places",
        )
    return [int(part) for part in parts]


def choose(
    project: Project,
    item_map: ItemMap,
    places: Sequence[int],
    *,
    stamp: str,
    by: User,
    now: datetime | None = None,
) -> ItemSelection:
    """Keep the items at these places of a map; what others left long ago goes.

    `stamp` is that of the map on which they were chosen: raises Conflict when there is a newer one.
    """
    if stamp != item_map.stamp.hex:
        raise Conflict(
            _("The map has been made anew meanwhile. Choose the items again."), code="map_changed"
        )
    ids = MapTable(item_map).ids
    chosen = np.unique(np.asarray(places, np.int64))
    if not len(chosen) or chosen[-1] >= len(ids):
        raise DomainError(
            _("There is no such place on the map."), code="unknown_value", field="places"
        )
    now = now or timezone.now()
    with transaction.atomic():
        ItemSelection.objects.filter(project=project, created_at__lt=now - KEPT).delete()
        return ItemSelection.objects.create(
            project=project,
            packed_items=ids[chosen].astype("<i8").tobytes(),
            item_count=len(chosen),
            created_by=by,
        )
