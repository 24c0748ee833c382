"""Partial responses for htmx: the page and its fragment share one template."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render as render_template
from django.utils.cache import patch_vary_headers


def render(
    request: HttpRequest, page: str, fragment: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Answer htmx with the fragment, everybody else with the whole page."""
    is_partial = bool(getattr(request, "htmx", False)) and not request.htmx.boosted
    response = render_template(request, fragment if is_partial else page, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
