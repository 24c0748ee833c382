"""Keeping the filters of a list under a name, and letting them go."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from labelops.accounts import access
from labelops.accounts.models import SavedView
from labelops.accounts.services import saved_views


@require_POST
def saved_view_create(request: HttpRequest) -> HttpResponse:
    view = saved_views.save_view(
        by=request.user,
        page=request.POST.get("page", ""),
        name=request.POST.get("name", ""),
        query=request.POST.get("query", ""),
    )
    messages.success(request, _("The view “%(name)s” is kept.") % {"name": view.name})
    return redirect(_address(view))


@require_POST
def saved_view_delete(request: HttpRequest, view_id: int) -> HttpResponse:
    view = access.get_saved_view(request.user, view_id)
    saved_views.delete_view(view)
    messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.name})
    return redirect(_address(view))


def _address(view: SavedView) -> str:
    return f"{reverse(view.page)}?{view.query}" if view.query else reverse(view.page)
