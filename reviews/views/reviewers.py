"""The record of a project's reviewers, and the decisions behind its figures."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labelops.accounts.models import Role
from labelops.lists import check_parameters
from reviews import access
from reviews.reports import reviewers as reports
from tasks.access import get_project, has_role


@require_safe
def reviewers_page(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    check_parameters(request.GET)
    is_manager = has_role(request.user, project, Role.MANAGER)
    page = reports.reviewers_page(project, show_names=is_manager)
    context = {"project": project, "is_manager": is_manager, "page": page}
    return render(request, "reviews/reviewers.html", context)


@require_safe
def reviewer_decisions(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    project = get_project(request.user, slug)
    person = access.get_reviewer(project, person_id)
    check_parameters(request.GET, "show")
    is_manager = has_role(request.user, project, Role.MANAGER)
    cursor = request.GET.get("cursor", "")
    found = reports.decisions_page(project, person, request.GET, cursor, show_names=is_manager)
    context = {"project": project, "is_manager": is_manager, "found": found}
    return render(request, "reviews/reviewer_decisions.html", context)
