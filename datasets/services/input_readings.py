"""What the inputs themselves say, beside those that taught the model."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from django.db.models import F
from numpy.typing import NDArray
from PIL import Image

from datasets.analysis import sensor
from labelops.many_rows import Among
from labelops.media.images import DECODER_ERRORS
from tasks.models import Item, Project
from tasks.services.media import THUMBNAIL, open_image

Array = NDArray[Any]
# Training items whose readings say what is usual, evenly chosen by the caller.
USUAL_READ = 400
CHUNK = 200


class Reading(NamedTuple):
    """The reading that is farthest out of its usual range, in widths of that range; 0 inside."""

    name: str
    beyond: float


def readings_of(
    project: Project, item_ids: Sequence[int], *, tick: Callable[[int], None]
) -> dict[int, Array]:
    """The readings of each item; not numbers for one that cannot be read. `tick`: how many more."""
    found: dict[int, Array] = {}
    names = names_of(project)
    for first in range(0, len(item_ids), CHUNK):
        some = list(item_ids[first : first + CHUNK])
        for item in Item.everything.filter(Among(F("pk"), some)).order_by():
            readings = _of_picture(item) if item.media_key else sensor.of_text(_text(item))
            found[item.pk] = np.full(len(names), np.nan) if readings is None else readings
        tick(len(some))
    return found


def names_of(project: Project) -> tuple[str, ...]:
    is_image = project.item_type == Project.ItemType.IMAGE
    return sensor.PICTURE_READINGS if is_image else sensor.TEXT_READINGS


def farthest(project: Project, readings: Array, usual: Array) -> list[Reading]:
    """For each row (F, M) the reading that leaves the range of the usual ones (T, M) most."""
    names = names_of(project)
    beyond = sensor.beyond(readings, usual)
    places = np.abs(beyond).argmax(axis=1) if len(beyond) else []
    return [
        Reading(names[place], float(row[place])) for row, place in zip(beyond, places, strict=True)
    ]


def _text(item: Item) -> str:
    return str(item.data.get("text", ""))


def _of_picture(item: Item) -> Array | None:
    """None for a picture that is not there or cannot be decoded."""
    try:
        stream, _media_type = open_image(item, THUMBNAIL)
        with stream, Image.open(stream) as picture:
            return sensor.of_picture(picture)
    except DECODER_ERRORS:
        return None
