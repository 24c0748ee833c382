"""Calibration before volume: begun from a batch, read as a heat map, ended by agreement or word."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops.accounts.models import Role, User
from labelops.lists import check_parameters
from reviews import access
from reviews.forms.calibration import CalibrationForm, OverrideForm
from reviews.models import CalibrationRun
from reviews.reports import calibration as reports
from reviews.services import calibration
from tasks.access import get_batch, has_role
from tasks.models import Batch
from tasks.views.outcomes import attempt, status_of


@require_http_methods(["GET", "HEAD", "POST"])
def batch_calibration(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The form that begins a run; while one is going on, its page."""
    batch = get_batch(request.user, batch_id)
    runs = list(batch.calibration_runs.select_related("run"))
    going_on = CalibrationRun.objects.filter(run=batch).first() or next(
        (run for run in runs if run.state == CalibrationRun.State.RUNNING), None
    )
    if going_on:
        return redirect("calibration_detail", going_on.pk)
    is_manager = has_role(request.user, batch.project, Role.MANAGER)
    data = request.POST if request.method == "POST" else None
    form = CalibrationForm(data, batch=batch, by=request.user, show_names=is_manager)
    if form.is_valid() and (run := form.save()):
        messages.success(request, _("The batch waits until these people agree."))
        return redirect("calibration_detail", run.pk)
    context = {
        "project": batch.project,
        "batch": batch,
        "form": form,
        "runs": runs,
        "can_begin": batch.state != Batch.State.CLOSED,
    }
    return render(request, "reviews/calibration_start.html", context, status=status_of(form))


@require_safe
def calibration_detail(request: HttpRequest, run_id: int) -> HttpResponse:
    run = access.get_calibration(request.user, run_id)
    check_parameters(request.GET)
    project = run.batch.project
    is_manager = has_role(request.user, project, Role.MANAGER)
    context = {
        "project": project,
        "run": run,
        "is_running": run.state == CalibrationRun.State.RUNNING,
        "is_expert": has_role(request.user, project, Role.EXPERT),
        "overrider": _shown(run.overridden_by, is_manager),
        "page": reports.calibration_page(run, show_names=is_manager),
        "override_form": OverrideForm(),
    }
    return render(request, "reviews/calibration.html", context)


def _shown(person: User | None, is_manager: bool) -> str:
    """Only managers, who never label, see names."""
    return "" if person is None else str(person) if is_manager else person.pseudonym


@require_safe
def calibration_items(request: HttpRequest, run_id: int) -> HttpResponse:
    run = access.get_calibration(request.user, run_id)
    check_parameters(request.GET, *reports.FILTERS)
    sentence, rows = reports.items_page(run, request.GET)
    context = {"project": run.batch.project, "run": run, "sentence": sentence, "rows": rows}
    return render(request, "reviews/calibration_items.html", context)


@require_POST
def calibration_override(request: HttpRequest, run_id: int) -> HttpResponse:
    run = access.get_calibration(request.user, run_id)
    reason = request.POST.get("reason", "")
    if attempt(request, calibration.override, run, reason=reason, by=request.user):
        messages.success(request, _("The batch is running."))
    return redirect("calibration_detail", run_id)


@require_POST
def calibration_cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    run = access.get_calibration(request.user, run_id)
    if attempt(request, calibration.cancel, run, by=request.user):
        messages.success(request, _("The calibration is given up. The batch waits as before."))
        return redirect("batch_detail", run.batch_id)
    return redirect("calibration_detail", run_id)
