"""Looking at the items of any set."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from datasets.reports.tiles import tile_page
from datasets.services.item_set_kinds import parameters_of, query_of, read_item_set
from datasets.services.item_sets import ASKED_MOST
from datasets.views.refusals import tells_refusals
from labelops.accounts.models import Role
from labelops.lists import CURSOR, check_parameters
from tasks.access import get_project, has_role


@require_safe
@tells_refusals
def examine(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    check_parameters(request.GET, *parameters_of(request.GET))
    item_set = read_item_set(project, request.GET)
    query = query_of(request.GET)
    context = {
        "project": project,
        "item_set": item_set,
        "count": item_set.count(),
        "page": tile_page(item_set, request.GET.get(CURSOR, "")),
        "asked_most": ASKED_MOST,
        "query": query,
        "filters": urlencode(query),
        "is_manager": has_role(request.user, project, Role.MANAGER),
        "is_expert": has_role(request.user, project, Role.EXPERT),
    }
    return render(request, "datasets/examine.html", context)
