"""The images of items, served only after a look at the very item."""

import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from tasks import access
from tasks.models import Item
from tasks.services.media import FULL, ORIGINAL, SUFFIXES, open_image
from tasks.services.transfers import visible_name

# Long enough for the editor's look-ahead; every later use asks, and is answered 304 or 404.
CACHE_SECONDS = 60


@require_safe
def item_media(request: HttpRequest, public_id: uuid.UUID, variant: str) -> HttpResponse:
    item = access.get_media_item(request.user, public_id)
    is_original = variant == ORIGINAL
    if variant not in SUFFIXES or (is_original and not _is_staff(request, item)):
        raise Http404
    try:
        stream, media_type = open_image(item, variant)
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(
        stream,
        content_type=media_type,
        as_attachment=is_original,
        filename=visible_name(item.external_id) if is_original else "",
    )
    return protected(request, response, etag=f'"{item.sha256[:32]}-{variant}"')


@login_not_required
@require_safe
def shared_media(request: HttpRequest, token: str) -> HttpResponse:
    """For a program that was given this link; it never gets the original, which may tell more."""
    item = access.get_shared_item(token)
    try:
        stream, media_type = open_image(item, FULL)
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(stream, content_type=media_type)
    return protected(request, response, etag=f'"{item.sha256[:32]}-{FULL}"')


def protected(request: HttpRequest, response: HttpResponseBase, *, etag: str) -> HttpResponse:
    """An image that only this person may see, and that nothing on it can act as a page."""
    for name, value in {
        "ETag": etag,
        "Cache-Control": f"private, max-age={CACHE_SECONDS}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }.items():
        response.headers[name] = value
    return get_conditional_response(request, etag=etag, response=response)


def _is_staff(request: HttpRequest, item: Item) -> bool:
    return access.projects(request.user, archived=True).filter(pk=item.project_id).exists()
