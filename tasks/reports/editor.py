"""What the editor is told of an item: what is to be seen, and nothing that points beyond it."""

from typing import Any

from django.urls import reverse

from tasks.models import Item


def editor_item(item: Item) -> dict[str, Any]:
    """Metadata may say whose item it is, and the answer must not depend on that: it stays here."""
    media_url = reverse("item_media", args=[item.public_id, "preview"]) if item.media_key else None
    return {
        "type": "image" if item.media_key else "text",
        "data": {"text": item.data["text"]} if "text" in item.data else {},
        "media_url": media_url,
        "width": item.width,
        "height": item.height,
    }
