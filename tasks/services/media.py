"""The images of items: kept as they came, shown only as new files made from their pixels."""

from typing import BinaryIO

from labelops.media import storage
from labelops.media.images import PreparedImage, prepare
from labelops.media.sniffing import HEAD, IMAGE_TYPES, found_type
from tasks.models import Item

ORIGINAL, PREVIEW, THUMBNAIL = "original", "preview", "thumbnail"
SUFFIXES = {ORIGINAL: "", PREVIEW: ".preview", THUMBNAIL: ".thumbnail"}


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
        storage.save(key + SUFFIXES[variant], [stored])
    return image


def drop_image(key: str) -> None:
    for suffix in SUFFIXES.values():
        storage.delete(key + suffix)


def open_image(item: Item, variant: str) -> tuple[BinaryIO, str]:
    """The bytes of a variant, and the media type found in them."""
    stream = storage.open_file(item.media_key + SUFFIXES[variant])
    media_type = IMAGE_TYPES.get(found_type(stream.read(HEAD)), "application/octet-stream")
    stream.seek(0)
    return stream, media_type
