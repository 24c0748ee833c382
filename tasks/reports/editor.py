"""What the editor is told of an item: what is to be seen, and nothing that points beyond it."""

from typing import Any

from django.urls import reverse

from tasks.models import Item
from tasks.services.media import FULL, PREVIEW, THUMBNAIL, is_larger_than_preview


def editor_item(item: Item) -> dict[str, Any]:
    """Metadata may say whose item it is, and the answer must not depend on that: it stays here."""
    has_full = bool(item.media_key) and is_larger_than_preview(item)
    return {
        "type": "image" if item.media_key else "text",
        "data": {"text": item.data["text"]} if "text" in item.data else {},
        "media_url": _address(item, PREVIEW) if item.media_key else None,
        "thumbnail_url": _address(item, THUMBNAIL) if item.media_key else None,
        "full_url": _address(item, FULL) if has_full else None,
        "width": item.width,
        "height": item.height,
    }


def _address(item: Item, variant: str) -> str:
    return reverse("item_media", args=[item.public_id, variant])
