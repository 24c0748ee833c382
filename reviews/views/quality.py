"""The quality page of a project, and the items behind its figures."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labelops.accounts.models import Role
from labelops.jobs.services import wake
from labelops.lists import CURSOR, check_parameters
from reviews.jobs import compute_quality
from reviews.models import QualitySnapshot
from reviews.reports import dashboard as dashboards
from reviews.reports import quality as reports
from reviews.reports import quality_item_filters as item_filters
from reviews.reports import quality_items as item_reports
from reviews.reports.dashboard_confusion import confusions
from reviews.reports.dashboard_filters import FILTERS, filter_choices, read_chosen, sort_links
from reviews.reports.dashboard_questions import open_questions
from tasks.access import get_project, has_role
from tasks.models import Project


@require_safe
def quality_page(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug, archived=True)
    check_parameters(request.GET, *FILTERS)
    is_manager = has_role(request.user, project, Role.MANAGER)
    chosen = read_chosen(project, request.GET)
    context = {"project": project, "is_manager": is_manager, "chosen": chosen}
    if known := dashboards.freshness(project):
        snapshot = QualitySnapshot.objects.filter(project=project).first()
        choices = filter_choices(project, chosen)
        context |= {
            "page": dashboards.dashboard(
                project, chosen, known, titles=choices.class_titles, show_names=is_manager
            ),
            "confusions": confusions(project, chosen),
            "questions": open_questions(project, chosen),
            "states": reports.task_states(project, chosen.batch),
            "choices": choices,
            "sorts": sort_links(request.GET, chosen),
            "details": reports.quality_details(snapshot.figures) if snapshot else None,
            "computed_at": snapshot.computed_at if snapshot else None,
        }
    return render(request, "reviews/quality.html", context)


@require_POST
def quality_refresh(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    wake(compute_quality, project.pk)
    messages.success(
        request, _("The figures are being computed. Load this page again in a moment.")
    )
    return redirect("quality", slug)


@require_safe
def quality_items(request: HttpRequest, slug: str) -> HttpResponse:
    project, wanted, is_manager = _wanted_items(request, slug)
    filters = request.GET.copy()
    cursor = "".join(filters.pop(CURSOR, []))
    context = {
        "project": project,
        "is_manager": is_manager,
        "sentences": item_filters.sentences(wanted, show_names=is_manager),
        "page": item_reports.items_page(project, wanted, cursor, sees_unfinished=is_manager),
        "filters": filters.urlencode(),
    }
    return render(request, "reviews/quality_items.html", context)


@require_safe
def quality_items_total(request: HttpRequest, slug: str) -> HttpResponse:
    """How many there are: a part of its own, since counting may take longer than listing."""
    project, wanted, is_manager = _wanted_items(request, slug)
    totals = item_reports.totals(project, wanted, sees_unfinished=is_manager)
    return render(request, "reviews/_quality_items_total.html", {"totals": totals})


def _wanted_items(request: HttpRequest, slug: str) -> tuple[Project, item_filters.Wanted, bool]:
    project = get_project(request.user, slug, archived=True)
    check_parameters(request.GET, *item_filters.FILTERS)
    is_manager = has_role(request.user, project, Role.MANAGER)
    return project, item_filters.read_filters(project, request.GET), is_manager
