"""Items: the list with its filters, and the life of one item."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from labelops.accounts.models import Role
from labelops.errors import DomainError
from labelops.lists import CURSOR, check_parameters, keyset_page
from tasks import access
from tasks.forms.items import ItemFilterForm
from tasks.reports import items as reports


@require_safe
def item_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug, archived=True)
    form = ItemFilterForm(request.GET, project=project)
    check_parameters(request.GET, *form.fields)
    if not form.is_valid():
        field = next(iter(form.errors))
        raise DomainError(_("This filter has no such value."), field=field, code="unknown_value")
    wanted = form.cleaned_data
    rows = reports.items(
        project,
        batch=wanted["batch"],
        state=wanted["state"],
        prefix=wanted["q"],
        tag=wanted["tag"],
    )
    filters = request.GET.copy()
    filters.pop(CURSOR, None)
    context = {
        "project": project,
        "form": form,
        "page": keyset_page(rows, request.GET.get(CURSOR, "")),
        "filters": filters.urlencode(),
        "is_filtered": any(wanted.values()),
        "is_manager": access.has_role(request.user, project, Role.MANAGER),
    }
    return render(request, "tasks/item_list.html", context)


@require_safe
def item_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    item = access.get_item(request.user, public_id, archived=True)
    is_manager = access.has_role(request.user, item.project, Role.MANAGER)
    context = {
        "project": item.project,
        "item": item,
        "report": reports.item_page(item, is_manager=is_manager),
        "is_expert": access.has_role(request.user, item.project, Role.EXPERT),
    }
    return render(request, "tasks/item_detail.html", context)
