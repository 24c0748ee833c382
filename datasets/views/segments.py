"""Segments: the list, a new one of a set or by conditions, its page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datasets import access
from datasets.forms.segments import FilterForms, SavedSetForm, conditions_kept
from datasets.models import Segment
from datasets.reports import segments as reports
from datasets.services import segments as services
from datasets.services.item_set_kinds import SET, query_of, read_item_set
from datasets.views.refusals import tells_refusals
from labelops.accounts.models import Role
from labelops.errors import DomainError
from labelops.lists import CURSOR, check_parameters, keyset_page
from tasks.access import MANAGERS, get_project, has_role
from tasks.models import Project
from tasks.reports.history import history
from tasks.views.outcomes import attempt, status_of


@require_safe
def segment_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    check_parameters(request.GET)
    rows = project.segments.select_related("created_by")
    page = keyset_page(rows, request.GET.get(CURSOR, ""), newest_first=True)
    context = {
        "project": project,
        "is_manager": has_role(request.user, project, Role.MANAGER),
        "page": page,
        "rows": reports.segment_rows(project, page.rows),
    }
    return render(request, "datasets/segment_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tells_refusals
def segment_create(request: HttpRequest, slug: str) -> HttpResponse:
    """Of the set that the address names; without one, by conditions."""
    project = get_project(request.user, slug)
    if request.GET.get(SET):
        return _from_set(request, project)
    data = request.POST if request.method == "POST" else None
    forms = FilterForms(data, project=project, by=request.user)
    if data is not None and forms.is_valid() and (segment := forms.save()):
        return redirect("segment_detail", slug, segment.pk)
    context = {
        "project": project,
        "is_manager": has_role(request.user, project, Role.MANAGER),
        "form": forms.segment,
        "rows": forms.rows,
        "known_values": forms.known_values,
    }
    return render(request, "datasets/segment_create.html", context, status=status_of(forms.segment))


def _from_set(request: HttpRequest, project: Project) -> HttpResponse:
    query = query_of(request.GET)
    item_set = read_item_set(project, query)
    data = request.POST if request.method == "POST" else None
    form = SavedSetForm(
        data,
        project=project,
        by=request.user,
        conditions=conditions_kept(project, query),
        initial={"name": item_set.title[: services.NAME_LENGTH]},
    )
    if form.is_valid() and (segment := form.save(item_set)):
        messages.success(request, _("Saved."))
        return redirect("segment_detail", project.slug, segment.pk)
    context = {
        "project": project,
        "form": form,
        "item_set": item_set,
        "count": item_set.count(),
        "most": services.ITEMS_MOST,
        "query": urlencode(query),
    }
    return render(request, "datasets/segment_from_set.html", context, status=status_of(form))


@require_safe
def segment_detail(request: HttpRequest, slug: str, segment_id: int) -> HttpResponse:
    segment = access.get_segment(request.user, slug, segment_id)
    check_parameters(request.GET)
    return _detail(request, segment)


def _detail(request: HttpRequest, segment: Segment) -> HttpResponse:
    context = {
        "project": segment.project,
        "is_manager": has_role(request.user, segment.project, Role.MANAGER),
        "segment": segment,
        "found": reports.segment_page(segment),
        "query": urlencode({SET: "segment", "segment": segment.pk}),
        "history": history([segment], show_names=True),
    }
    return render(request, "datasets/segment_detail.html", context)


@require_POST
def segment_rename(request: HttpRequest, slug: str, segment_id: int) -> HttpResponse:
    segment = access.get_segment(request.user, slug, segment_id)
    attempt(request, services.rename, segment, request.POST.get("name", ""), by=request.user)
    return redirect("segment_detail", slug, segment_id)


@require_POST
def segment_delete(request: HttpRequest, slug: str, segment_id: int) -> HttpResponse:
    segment = access.get_segment(request.user, slug, segment_id, MANAGERS)
    try:
        services.delete(segment, by=request.user)
    except DomainError as error:
        messages.error(request, error.words)
        return redirect("segment_detail", slug, segment_id)
    messages.success(request, _("The segment is deleted; its items stay."))
    return redirect("segment_list", slug)
