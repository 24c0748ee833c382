"""What a kind has to know of an item: its type, its size in pixels, its text."""

from dataclasses import dataclass

ITEM_TYPES = ("image", "text")


@dataclass(frozen=True)
class ItemFacts:
    """Width and height are those of the original after EXIF rotation; unknown ones are None.

    >>> ItemFacts("image", width=640, height=480).text is None
    True
    """

    type: str
    width: int | None = None
    height: int | None = None
    text: str | None = None
