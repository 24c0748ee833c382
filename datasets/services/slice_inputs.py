"""What the slice finder reads of the inputs and of the drawn labels, beside the items' data."""

from collections.abc import Callable
from typing import Any

import numpy as np
from django.db.models import F
from numpy.typing import NDArray

from datasets.models import Evaluation
from datasets.services.input_readings import names_of, readings_of
from datasets.services.outcomes import entries_of
from labelops.jobs.heart import Beat
from labelops.many_rows import Among
from tasks.kinds.regions import sides
from tasks.models import Item, Project

Columns = dict[str, list[Any]]
Ids = NDArray[np.int64]
Tick = Callable[[int], None]
# Each takes some milliseconds.
PICTURES_MOST = 10_000
PICTURE_READINGS = ("sharpness", "brightness", "contrast")


def drawn_places(count: int, most: int) -> NDArray[np.int64]:
    """Of many so many, drawn by chance: every third may be one of three cameras in turn.

    >>> drawn_places(3, 5).tolist(), len(drawn_places(9, 5))
    ([0, 1, 2], 5)
    """
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, most, replace=False))


def object_columns(evaluation: Evaluation, item_ids: Ids, *, beat: Beat) -> Columns:
    """How many objects the label of each item has, and the shortest side of any of them."""
    if evaluation.kind != Evaluation.Kind.OBJECTS:
        return {}
    places = {item_id: place for place, item_id in enumerate(item_ids.tolist())}
    counts: list[int | None] = [None] * len(item_ids)
    shortest: list[float | None] = [None] * len(item_ids)
    for item_id, answer in entries_of(evaluation).values_list("item", "answer").iterator():
        beat()
        if (place := places.get(item_id)) is None:
            continue
        objects = answer.get(evaluation.control) or []
        counts[place] = len(objects)
        known = [min(both) for each in objects if (both := sides(each)) is not None]
        shortest[place] = round(min(known), 1) if known else None
    return {"object_count": counts, "shortest_side": shortest}


def pictures_of(project: Project, item_ids: Ids) -> Ids:
    """The items whose pictures are read: of very many so many."""
    if project.item_type != Project.ItemType.IMAGE:
        return np.array([], np.int64)
    some = item_ids[drawn_places(len(item_ids), PICTURES_MOST)].tolist()
    rows = Item.everything.filter(Among(F("pk"), some)).exclude(media_key="")
    return np.fromiter(rows.order_by("pk").values_list("pk", flat=True), np.int64)


def picture_columns(project: Project, item_ids: Ids, pictures: Ids, *, tick: Tick) -> Columns:
    """What these pictures show, of 100; None for what was not read."""
    if not len(pictures):
        return {}
    found: Columns = {name: [None] * len(item_ids) for name in PICTURE_READINGS}
    places = dict(zip(pictures.tolist(), np.searchsorted(item_ids, pictures).tolist(), strict=True))
    for item_id, readings in readings_of(project, pictures.tolist(), tick=tick).items():
        if np.isfinite(readings).all():
            read = dict(zip(names_of(project), readings.tolist(), strict=True))
            # Stored as the logarithm of a variance; the root is of the unit of light.
            read["sharpness"] = 10 ** (read["sharpness"] / 2)
            for name, column in found.items():
                column[places[item_id]] = round(100 * read[name], 1)
    return found
