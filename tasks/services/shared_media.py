"""Links by which a program without an account fetches the image of one item, for an hour."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from tasks.models import Item, Project

SALT = "tasks.shared_media"
LIFE = timedelta(hours=1)


def address_of(item: Item) -> str:
    """Absolute; whoever holds it sees the image until it expires."""
    token = signing.dumps(item.public_id.hex, salt=SALT)
    return settings.SITE_ADDRESS + reverse("shared_media", args=[token])


def find_item(token: str) -> Item | None:
    """None for a link that was not made here, has expired, or whose item is gone."""
    try:
        public_id = signing.loads(token, salt=SALT, max_age=LIFE)
    except signing.BadSignature:
        return None
    live = Project.objects.live()
    return Item.objects.filter(public_id=public_id, project__in=live).exclude(media_key="").first()
