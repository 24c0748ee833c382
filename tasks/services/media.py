"""The images of items: kept as they came, shown only as new files made from their pixels."""

from typing import BinaryIO

from labelops.media import storage
from labelops.media.images import PREVIEW_SIDE, PreparedImage, enlarge, prepare
from labelops.media.sniffing import HEAD, IMAGE_TYPES, found_type
from tasks.models import Item

ORIGINAL, FULL, PREVIEW, THUMBNAIL = "original", "full", "preview", "thumbnail"
SUFFIXES = {ORIGINAL: "", FULL: ".full", PREVIEW: ".preview", THUMBNAIL: ".thumbnail"}


def store_image(key: str, content: bytes) -> PreparedImage:
    """Check an image and write it with its derivatives. Raises ImageRefused.

    Written twice under the same key it replaces itself, so an interrupted import leaves no orphan.
    """
    image = prepare(content)
    for variant, stored in (
        (ORIGINAL, content),
        (PREVIEW, image.preview),
        (THUMBNAIL, image.thumbnail),
    ):
        with storage.writing(key + SUFFIXES[variant]) as stream:
            stream.write(stored)
    return image


def drop_image(key: str) -> None:
    for suffix in SUFFIXES.values():
        storage.delete(key + suffix)


def is_larger_than_preview(item: Item) -> bool:
    return max(item.width or 0, item.height or 0) > PREVIEW_SIDE


def open_image(item: Item, variant: str) -> tuple[BinaryIO, str]:
    """The bytes of a variant, and the media type found in them.

    The full one is made when somebody looks closely for the first time: few images are zoomed.
    """
    if variant == FULL and not is_larger_than_preview(item):
        variant = PREVIEW
    try:
        stream = storage.open_file(item.media_key + SUFFIXES[variant])
    except FileNotFoundError:
        if variant != FULL:
            raise
        with storage.open_file(item.media_key) as original:
            storage.save(item.media_key + SUFFIXES[FULL], [enlarge(original.read())])
        stream = storage.open_file(item.media_key + SUFFIXES[FULL])
    media_type = IMAGE_TYPES.get(found_type(stream.read(HEAD)), "application/octet-stream")
    stream.seek(0)
    return stream, media_type
