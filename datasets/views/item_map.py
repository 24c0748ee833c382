"""The map of a project's items: its page, its points and colours, and what is chosen on it."""

from urllib.parse import urlencode

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from datasets import access
from datasets.models import Evaluation, ItemMap, ItemSelection, VectorSet
from datasets.reports.item_map import MapPage, chosen_set, map_page, shown_places
from datasets.reports.map_colours import CLUSTER, colours_of
from datasets.services.item_maps import MapTable
from datasets.services.item_selections import choose, read_places
from labelops.accounts.models import Role
from labelops.lists import check_parameters, number_or_none
from tasks.access import get_project, has_role
from tasks.models import Item, Project
from tasks.views.outcomes import attempt

# What the chosen items are for, and the page that does it.
PURPOSES = {"examine": "examine", "segment": "segment_create", "campaign": "campaign_create"}


@require_safe
def item_map(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    check_parameters(request.GET, "vectors", "by", "evaluation")
    page = _page(request, project)
    context = {
        "project": project,
        "map": page,
        "is_manager": has_role(request.user, project, Role.MANAGER),
    }
    return render(request, "datasets/item_map.html", context)


@require_safe
def item_map_progress(request: HttpRequest, slug: str) -> HttpResponse:
    """How far the work is: asked again until it has ended."""
    project = get_project(request.user, slug)
    vector_set = _set(request, project)
    context = {
        "project": project,
        "vector_set": vector_set,
        "job": vector_set.job,
        "is_manager": has_role(request.user, project, Role.MANAGER),
        "was_waited_for": True,
    }
    return render(request, "datasets/_map_progress.html", context)


@require_safe
def item_map_points(request: HttpRequest, slug: str) -> HttpResponse:
    """Pairs of float32, little-endian: where each of the shown items lies."""
    found = _map(request, get_project(request.user, slug))
    shown = shown_places(found.point_count)
    content = MapTable(found).places[shown].tobytes()
    return HttpResponse(content, content_type="application/octet-stream")


@require_safe
def item_map_colours(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    found = _map(request, project)
    shown = shown_places(found.point_count)
    by = request.GET.get("by", CLUSTER)
    evaluation = _evaluation(request, project)
    return JsonResponse(colours_of(project, MapTable(found), shown, by, evaluation).as_json())


@require_safe
def item_map_item(request: HttpRequest, slug: str) -> HttpResponse:
    """A glance at the item at one of the shown places."""
    project = get_project(request.user, slug)
    found = _map(request, project)
    shown = shown_places(found.point_count)
    place = number_or_none(request.GET.get("place", "0"))
    if place is None or place >= len(shown):
        raise Http404
    table, at = MapTable(found), shown[place]
    item = Item.objects.filter(project=project, pk=int(table.ids[at])).first()
    context = {"project": project, "item": item, "cluster": int(table.clusters[at]) + 1}
    return render(request, "datasets/_map_item.html", context)


@require_POST
def item_map_choose(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep what was chosen, and go to the page that it was chosen for."""
    project = get_project(request.user, slug)
    found = _map(request, project)
    selection = attempt(request, _choose, request, project, found)
    if selection is None:
        return redirect(f"{reverse('item_map', args=[slug])}?{request.GET.urlencode()}")
    route = PURPOSES.get(request.POST.get("purpose", ""), "examine")
    query = urlencode({"set": "selection", "selection": selection.pk})
    return redirect(f"{reverse(route, args=[slug])}?{query}")


def _choose(request: HttpRequest, project: Project, found: ItemMap) -> ItemSelection:
    given = np.array(read_places(request.POST.get("places", "")), np.int64)
    shown = shown_places(found.point_count)
    # A place that is not shown is refused with those that the map does not have.
    places = [int(shown[at]) if at < len(shown) else found.point_count for at in given]
    stamp = request.POST.get("stamp", "")
    return choose(project, found, places, stamp=stamp, by=request.user)


def _page(request: HttpRequest, project: Project) -> MapPage:
    vector_set = chosen_set(project, request.GET)
    if vector_set is None and request.GET.get("vectors"):
        raise Http404
    evaluation = _evaluation(request, project)
    return map_page(project, vector_set, request.GET.get("by", ""), evaluation)


def _set(request: HttpRequest, project: Project) -> VectorSet:
    check_parameters(request.GET, "vectors", "by", "evaluation", "place")
    found = chosen_set(project, request.GET)
    if found is None:
        raise Http404
    return found


def _map(request: HttpRequest, project: Project) -> ItemMap:
    """What is packed in it is read when it is asked for."""
    rows = ItemMap.objects.filter(vector_set=_set(request, project))
    found = rows.only("stamp", "point_count").first()
    if found is None:
        raise Http404
    return found


def _evaluation(request: HttpRequest, project: Project) -> Evaluation | None:
    text = request.GET.get("evaluation", "")
    if not text:
        return None
    return access.get_finished_evaluation(request.user, project.slug, number_or_none(text) or 0)
