"""Finds, for images just imported, earlier ones of the project that look like them.

Equal hashes and those one bit apart are looked up in the index, each by its own probe for the
oldest image that has it: what it costs does not depend on how many look alike.
"""

from typing import Any

from django.db import connection
from django.db.models import QuerySet

from labelops.media.perceptual import FLAT, neighbours
from tasks.models import Item

OLDEST = """
    WITH wanted (hash) AS (VALUES {marks})
    SELECT (SELECT MIN(item.id) FROM tasks_item item
            WHERE item.project_id = %s AND item.perceptual_hash = wanted.hash)
    FROM wanted"""


def find(added: QuerySet[Item]) -> list[dict[str, Any]]:
    """One entry for each of the images that looks like an earlier one, which it names.

    Images of the same bytes are no news here, and even ones are alike by their hash alone.
    """
    images = added.filter(perceptual_hash__isnull=False).exclude(perceptual_hash=FLAT)
    new = list(images.order_by("import_row", "pk"))
    if not new:
        return []
    alike = {item.pk: [item.perceptual_hash, *neighbours(item.perceptual_hash)] for item in new}
    wanted = {value for values in alike.values() for value in values if value != FLAT}
    oldest = _oldest(new[0].project_id, sorted(wanted))
    found = []
    for item in new:
        earlier = [oldest[value] for value in alike[item.pk] if value in oldest]
        first = next((other for other in earlier if other.pk < item.pk), None)
        if first and first.sha256 != item.sha256:
            found.append(_entry(item, first))
    return found


def _oldest(project_id: int, hashes: list[int]) -> dict[int, Item]:
    """By hash, the first image of the project that has it."""
    with connection.cursor() as cursor:
        marks = ", ".join(["(CAST(%s AS bigint))"] * len(hashes))
        cursor.execute(OLDEST.format(marks=marks), [*hashes, project_id])
        ids = [row[0] for row in cursor.fetchall() if row[0] is not None]
    return {item.perceptual_hash: item for item in Item.objects.filter(pk__in=ids)}


def _entry(item: Item, earlier: Item) -> dict[str, Any]:
    return {
        "row": item.import_row,
        "item": item.external_id,
        "looks_like": earlier.external_id,
        "is_equal": item.perceptual_hash == earlier.perceptual_hash,
        "item_id": str(item.public_id),
        "looks_like_id": str(earlier.public_id),
    }
