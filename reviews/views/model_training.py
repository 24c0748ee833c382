"""The built-in model: its button, how far its training is, and the report card of a version."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labelops import htmx
from labelops.accounts.models import Role
from labelops.jobs.services import cancel_job, wake
from labelops.lists import CURSOR, check_parameters, keyset_page
from reviews import access
from reviews.jobs import run_training
from reviews.reports import model_training as reports
from reviews.services import model_training as trainings
from tasks.access import MANAGERS, get_project, has_role
from tasks.models import Prediction
from tasks.views.outcomes import attempt

PAGE = "reviews/model_part.html"


@require_safe
def model_training(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug, MANAGERS)
    check_parameters(request.GET, "running")
    desk = reports.desk(project)
    part = "reviews/_model_training.html"
    context = {"project": project, "desk": desk, "part": part, "is_manager": True}
    response = htmx.render(request, PAGE, part, context)
    if request.GET.get("running") and not desk.is_running:
        # The list below has a new version.
        response["HX-Refresh"] = "true"
    return response


@require_POST
def model_train(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug, MANAGERS)
    if training := attempt(request, trainings.start, project, by=request.user):
        wake(run_training, training.job_id)
    return redirect("model_list", slug)


@require_POST
def model_training_cancel(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug, MANAGERS)
    training = trainings.unfinished(project)
    if training is None:
        messages.error(request, _("No training is under way."))
    elif attempt(request, cancel_job, training.job, by=request.user):
        messages.success(request, _("The training is cancelled; nothing of it is kept."))
    return redirect("model_list", slug)


@require_safe
def model_report_card(request: HttpRequest, slug: str, model_id: int) -> HttpResponse:
    """What the version can do, class by class."""
    found = access.get_model_version(request.user, slug, model_id)
    part = "reviews/_model_report_card.html"
    context = {
        "project": found.project,
        "model": found,
        "page": reports.card_of(found),
        "part": part,
        "is_manager": has_role(request.user, found.project, Role.MANAGER),
    }
    return htmx.render(request, PAGE, part, context)


@require_safe
def model_lesson(request: HttpRequest, slug: str, model_id: int) -> HttpResponse:
    """The learned items that it took for a class before it had seen their label."""
    found = access.get_model_version(request.user, slug, model_id)
    check_parameters(request.GET, "label", CURSOR)
    label = request.GET.get("label", "")
    card = reports.card_of(found)
    rows = reports.lesson(card, label) if card else Prediction.objects.none()
    page = keyset_page(rows, request.GET.get(CURSOR, ""))
    filters = request.GET.copy()
    filters.pop(CURSOR, None)
    context = {
        "project": found.project,
        "model": found,
        "label": label,
        "page": page,
        "rows": reports.with_labels(page.rows, card) if card else [],
        "filters": filters.urlencode(),
        "is_manager": has_role(request.user, found.project, Role.MANAGER),
    }
    return render(request, "reviews/model_lesson.html", context)
