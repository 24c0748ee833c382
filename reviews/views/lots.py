"""Acceptance of lots: the list, a new one with its plan, one lot, and what goes back of it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops import htmx
from labelops.accounts.models import Role
from labelops.jobs.services import cancel_job, wake
from labelops.lists import CURSOR, check_parameters
from reviews import access
from reviews.forms.lots import CancelForm, LotForm, ReturnForm
from reviews.jobs import run_return
from reviews.models import Lot
from reviews.reports import lots as reports
from reviews.services import lot_returns, lots
from tasks.access import MANAGERS, get_project, has_role
from tasks.reports.history import history
from tasks.views.outcomes import attempt, status_of


@require_safe
def lot_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    check_parameters(request.GET)
    page = reports.lots_page(project, request.GET.get(CURSOR, ""))
    is_manager = has_role(request.user, project, Role.MANAGER)
    context = {"project": project, "is_manager": is_manager, "page": page.page, "lots": page}
    return render(request, "reviews/lot_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def lot_create(request: HttpRequest, slug: str) -> HttpResponse:
    """The form with what its plan means; sent with `preview` it only shows that again."""
    project = get_project(request.user, slug)
    data = request.POST if request.method == "POST" else None
    initial = {"batch": request.GET.get("batch")}
    form = LotForm(data, project=project, by=request.user, initial=initial)
    is_preview = "preview" in request.POST
    if not is_preview and form.is_valid() and (lot := form.save()):
        messages.success(request, _("The sample is drawn, and comes first on the review desk."))
        return redirect("lot_detail", lot.pk)
    context = {"project": project, "form": form, "plan": form.preview()}
    page, part = "reviews/lot_create.html", "reviews/_lot_plan.html"
    status = 200 if is_preview else status_of(form)
    return htmx.render(request, page, part, context, status=status)


@require_safe
def lot_detail(request: HttpRequest, lot_id: int) -> HttpResponse:
    lot = access.get_lot(request.user, lot_id)
    project = lot.batch.project
    is_manager = has_role(request.user, project, Role.MANAGER)
    context = {
        "project": project,
        "lot": lot,
        "page": reports.lot_page(lot, show_names=is_manager),
        "is_manager": is_manager,
        "is_open": lot.state == Lot.State.SAMPLING,
        "can_return": is_manager and lot.state == Lot.State.REJECTED,
        "cancel_form": CancelForm(),
        "history": history([lot], show_names=is_manager),
    }
    return render(request, "reviews/lot_detail.html", context)


@require_POST
def lot_cancel(request: HttpRequest, lot_id: int) -> HttpResponse:
    lot = access.get_lot(request.user, lot_id)
    reason = request.POST.get("reason", "")
    if attempt(request, lots.cancel_lot, lot, reason=reason, by=request.user):
        messages.success(request, _("The lot is given up. Its sample is withdrawn."))
    return redirect("lot_detail", lot_id)


@require_http_methods(["GET", "HEAD", "POST"])
def lot_return(request: HttpRequest, lot_id: int) -> HttpResponse:
    """What goes back of a rejected lot; sent with `preview` it only counts."""
    lot = access.get_lot(request.user, lot_id, MANAGERS)
    form = ReturnForm(request.POST if request.method == "POST" else None, lot=lot, by=request.user)
    is_preview = "preview" in request.POST
    if not is_preview and form.is_valid() and (job := form.save()):
        wake(run_return, job.pk)
        messages.success(request, _("The labels are going back."))
        return redirect("lot_return", lot_id)
    context = {"project": lot.batch.project, "lot": lot, "form": form, "count": form.count()}
    context["job"] = lot_returns.jobs_of(lot).first()
    part = "reviews/_lot_return_count.html" if is_preview else "reviews/_lot_return_progress.html"
    status = 200 if is_preview else status_of(form)
    return htmx.render(request, "reviews/lot_return.html", part, context, status=status)


@require_POST
def lot_return_stop(request: HttpRequest, lot_id: int) -> HttpResponse:
    """Stop sending labels back; pressed again it goes on."""
    lot = access.get_lot(request.user, lot_id, MANAGERS)
    if job := lot_returns.unfinished(lot):
        attempt(request, cancel_job, job, by=request.user)
    elif job := attempt(request, lot_returns.go_on, lot, by=request.user):
        wake(run_return, job.pk)
    return redirect("lot_return", lot_id)
