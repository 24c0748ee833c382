"""Pictures of one object of an item's label: the part of the image that it is on, and its place."""

from collections.abc import Callable
from typing import Any, BinaryIO

from labelops.media import crops
from labelops.media.images import PREVIEW_SIDE
from tasks.kinds.regions import Region, region_of
from tasks.models import Item
from tasks.services.media import FULL, PREVIEW, open_image

VIEWS = CROP, OUTLINED = "crop", "outlined"


def object_picture(item: Item, entry: dict[str, Any], view: str) -> bytes:
    """A JPEG of the object with some margin, or of the whole image with its outline.

    Raises FileNotFoundError for an item without an image.
    """
    region = region_of(entry)
    make = _crop if view == CROP else _outlined
    return make(item, region, entry)


def _crop(item: Item, region: Region, _entry: dict[str, Any]) -> bytes:
    width, height = _size(item)
    # A set of keypoints of which none is there has no place: then the whole image is shown.
    frame = region.frame or (0, 0, width, height)
    window = crops.window_around(frame, width, height)
    longer = max(window[2] - window[0], window[3] - window[1])
    in_preview = longer * min(1, PREVIEW_SIDE / max(width, height))
    # The preview is quick to read; what would be a blur on it is worth more.
    variant = PREVIEW if in_preview >= crops.CROP_SIDE / 2 else FULL
    return _made(item, variant, lambda stream: crops.cut(stream, window, width=width))


def _outlined(item: Item, region: Region, entry: dict[str, Any]) -> bytes:
    places = list(region.places)
    outline = crops.Outline(
        rings=region.outline,
        line=places if "polyline" in entry else [],
        dots=places if "keypoints" in entry else [],
    )
    width, _height = _size(item)
    return _made(item, PREVIEW, lambda stream: crops.outlined(stream, outline, width=width))


def _made(item: Item, variant: str, make: Callable[[BinaryIO], bytes]) -> bytes:
    stream, _media_type = open_image(item, variant)
    with stream:
        return make(stream)


def _size(item: Item) -> tuple[int, int]:
    if not (item.media_key and item.width and item.height):
        raise FileNotFoundError(item.external_id)
    return item.width, item.height
