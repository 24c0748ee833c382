"""Review at a glance: what to look through, the page of tiles, and how attentively it is done."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reviews.forms.glance import GlanceForm
from reviews.reports.attention import DAYS, attention_by_reviewer, missed
from reviews.reports.glance import class_rows, crop_rows, suited_projects
from reviews.reports.review_grid import grid_config
from reviews.services import crop_objects
from reviews.services.grid_review import control_of, held_reviews
from tasks.access import MANAGERS, get_project, reviewable_projects


@require_safe
def review_glance(request: HttpRequest) -> HttpResponse:
    if not reviewable_projects(request.user).exists():
        raise Http404
    projects = suited_projects(request.user)
    if len(projects) == 1:
        return redirect("review_glance_project", projects[0].slug)
    return render(request, "reviews/glance.html", {"projects": projects})


@require_safe
def review_glance_project(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_object_or_404(reviewable_projects(request.user), slug=slug)
    control = control_of(project)
    shapes = None if control else crop_objects.control_of(project)
    find_rows = crop_rows if shapes else class_rows
    context = {
        "project": project,
        "are_crops": shapes is not None,
        "rows": find_rows(request.user, project),
        "form": GlanceForm(user=request.user, project=project, control=control or shapes),
    }
    return render(request, "reviews/glance_project.html", context)


@require_safe
def review_grid(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_object_or_404(reviewable_projects(request.user), slug=slug)
    control = control_of(project)
    form = GlanceForm(request.GET, user=request.user, project=project, control=control)
    if control is None or not form.is_valid():
        # The link was kept, and the question has changed since.
        return redirect("review_glance_project", slug)
    config = grid_config(project, control, form.cleaned_data)
    return render(request, "reviews/grid.html", {"project": project, "config": config})


@require_safe
def review_left_open(request: HttpRequest, slug: str) -> HttpResponse:
    """Go on with what was left open on the pages, one by one."""
    project = get_object_or_404(reviewable_projects(request.user), slug=slug)
    first = held_reviews(request.user, project).first()
    if first is None:
        messages.info(request, _("Nothing that you left open waits for you any more."))
        return redirect("review_home")
    return redirect("review_task", first.public_id)


@require_safe
def attention(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug, MANAGERS)
    context = {
        "project": project,
        "is_manager": True,
        "days": DAYS,
        "rows": attention_by_reviewer(project),
        "missed": missed(project),
    }
    return render(request, "reviews/attention.html", context)
