"""Failure cases: the list, a new one of a set of items, its page, and its arrows."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datasets import access
from datasets.forms.failure_cases import ChangedCaseForm, NewCaseForm
from datasets.forms.segments import conditions_kept
from datasets.models import FailureCase
from datasets.reports import failure_cases as reports
from datasets.services import failure_cases as services
from datasets.services.item_set_kinds import SET, query_of, read_item_set
from datasets.services.sets.segments import segment_of
from datasets.views.refusals import tells_refusals
from labelops.accounts.models import Role
from labelops.lists import check_parameters
from tasks.access import get_project, has_role
from tasks.reports.history import history
from tasks.views.outcomes import attempt, status_of

SEGMENTS_SHOWN = 50


@require_safe
def failure_case_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    check_parameters(request.GET, "state", "owner")
    context = {
        "project": project,
        "is_manager": has_role(request.user, project, Role.MANAGER),
        "found": reports.case_list(project, request.GET),
    }
    return render(request, "datasets/failure_case_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tells_refusals
def failure_case_create(request: HttpRequest, slug: str) -> HttpResponse:
    """Of the set of items that the address names; without one, of which segment."""
    project = get_project(request.user, slug)
    if not request.GET.get(SET):
        context = {"project": project, "segments": project.segments.all()[:SEGMENTS_SHOWN]}
        return render(request, "datasets/failure_case_segments.html", context)
    query = query_of(request.GET)
    item_set = read_item_set(project, query)
    form = NewCaseForm(
        request.POST if request.method == "POST" else None,
        project=project,
        by=request.user,
        item_set=item_set,
        segment=segment_of(project, query),
        conditions=conditions_kept(project, query),
    )
    if form.is_valid() and (case := form.save()):
        return redirect("failure_case_detail", slug, case.pk)
    context = {
        "project": project,
        "form": form,
        "item_set": item_set,
        "count": item_set.count(),
        "query": urlencode(query),
    }
    return render(request, "datasets/failure_case_create.html", context, status=status_of(form))


@require_safe
def failure_case_detail(request: HttpRequest, slug: str, case_id: int) -> HttpResponse:
    case = access.get_failure_case(request.user, slug, case_id)
    check_parameters(request.GET)
    context = {
        "project": case.project,
        "is_manager": has_role(request.user, case.project, Role.MANAGER),
        "case": case,
        "page": reports.case_page(case),
        "query": urlencode({SET: "segment", "segment": case.segment_id}),
        "history": history([case], show_names=True),
    }
    return render(request, "datasets/failure_case_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def failure_case_edit(request: HttpRequest, slug: str, case_id: int) -> HttpResponse:
    case = access.get_failure_case(request.user, slug, case_id)
    data = request.POST if request.method == "POST" else None
    form = ChangedCaseForm(data, case=case, by=request.user)
    if form.is_valid() and form.save():
        return redirect("failure_case_detail", slug, case_id)
    context = {"project": case.project, "case": case, "form": form}
    return render(request, "datasets/failure_case_edit.html", context, status=status_of(form))


@require_POST
def failure_case_begin(request: HttpRequest, slug: str, case_id: int) -> HttpResponse:
    return _press(request, slug, case_id, services.begin)


@require_POST
def failure_case_solve(request: HttpRequest, slug: str, case_id: int) -> HttpResponse:
    return _press(request, slug, case_id, services.solve)


@require_POST
def failure_case_drop(request: HttpRequest, slug: str, case_id: int) -> HttpResponse:
    return _press(request, slug, case_id, services.drop, request.POST.get("reason", ""))


@require_POST
def failure_case_reopen(request: HttpRequest, slug: str, case_id: int) -> HttpResponse:
    return _press(request, slug, case_id, services.reopen)


def _press(
    request: HttpRequest,
    slug: str,
    case_id: int,
    service: Callable[..., FailureCase],
    *arguments: Any,
) -> HttpResponse:
    case = access.get_failure_case(request.user, slug, case_id)
    if found := attempt(request, service, case, *arguments, by=request.user):
        state = found.get_state_display()
        messages.success(request, _("The case is now: %(state)s.") % {"state": state})
    return redirect("failure_case_detail", slug, case_id)
