"""What every page knows: the theme, the text direction and whether this is the demo."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_bidi

THEMES = {"light", "dark"}


def site(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "")
    return {
        "theme": theme if theme in THEMES else "",
        "direction": "rtl" if get_language_bidi() else "ltr",
        "is_demo": settings.DEMO,
    }
