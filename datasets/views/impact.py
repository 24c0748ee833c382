"""Impact: what a batch is to better, the card of what it did, and its own to those who did it."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datasets import access
from datasets.forms.impact import ImpactForm
from datasets.jobs import run_impact, run_impact_share
from datasets.models import Impact
from datasets.reports import impact as reports
from datasets.services import impact as services
from datasets.services import impact_shares as shares
from labelops import htmx
from labelops.accounts.models import Role
from labelops.jobs.services import cancel_job, wake
from labelops.lists import check_parameters
from tasks.access import MANAGERS, get_batch, has_role
from tasks.models import Batch
from tasks.views.outcomes import attempt, status_of

RELATED = ("batch__project", "target", "before", "after")


@require_safe
def impact_card(request: HttpRequest, batch_id: int) -> HttpResponse:
    """A part of the batch's page, which asks again while it is being measured."""
    batch = get_batch(request.user, batch_id)
    check_parameters(request.GET)
    impact = _impact_of(batch)
    is_measured = impact is not None and impact.measured_at is not None
    is_shared = is_measured and shares.is_possible(impact)
    context = {
        "project": batch.project,
        "batch": batch,
        "is_manager": has_role(request.user, batch.project, Role.MANAGER),
        "impact": impact,
        "card": reports.card(impact, settings.CURRENCY) if is_measured else None,
        "job": services.newest_job(impact) if impact else None,
        "is_shared": is_shared,
        "share_job": shares.newest_job(impact) if is_shared else None,
        "newest": services.newer_versions(impact).first() if impact else None,
        "can_plan": impact is None and services.can_plan(batch),
    }
    return htmx.render(request, "datasets/impact_card.html", "datasets/_impact_card.html", context)


def _impact_of(batch: Batch) -> Impact | None:
    return Impact.objects.filter(batch=batch).select_related(*RELATED).first()


@require_http_methods(["GET", "HEAD", "POST"])
def impact_plan(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = get_batch(request.user, batch_id, MANAGERS)
    data = request.POST if request.method == "POST" else None
    form = ImpactForm(data, batch=batch, by=request.user)
    if form.is_valid() and form.save():
        messages.success(request, _("Fixed. It is measured once the model has a newer version."))
        return redirect("batch_detail", batch_id)
    context = {
        "project": batch.project,
        "batch": batch,
        "form": form,
        "has_tests": form.fields["target"].queryset.exists(),
    }
    return render(request, "datasets/impact_plan.html", context, status=status_of(form))


@require_POST
def impact_measure(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = get_batch(request.user, batch_id, MANAGERS)
    impact = _impact_of(batch)
    if impact and (job := attempt(request, services.start_measuring, impact, by=request.user)):
        wake(run_impact, job.pk)
    return redirect("batch_detail", batch_id)


@require_POST
def impact_share(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Train the model once without this batch."""
    batch = get_batch(request.user, batch_id, MANAGERS)
    impact = _impact_of(batch)
    if impact and (job := attempt(request, shares.start, impact, by=request.user)):
        wake(run_impact_share, job.pk)
    return redirect("batch_detail", batch_id)


@require_POST
def impact_share_cancel(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = get_batch(request.user, batch_id, MANAGERS)
    impact = _impact_of(batch)
    if impact and (job := shares.newest_job(impact)):
        attempt(request, cancel_job, job, by=request.user)
    return redirect("batch_detail", batch_id)


@require_safe
def impact_of_work(request: HttpRequest, batch_id: int) -> HttpResponse:
    """For everybody who labeled or decided in the batch."""
    impact = access.get_impact_of_work(request.user, batch_id)
    check_parameters(request.GET)
    context = {"card": reports.own_card(impact, request.user)}
    return render(request, "datasets/impact_of_work.html", context)


@require_safe
def own_impacts(request: HttpRequest) -> HttpResponse:
    """A part of one's own week."""
    check_parameters(request.GET)
    context = {
        "title": _("What my work did"),
        "part": "datasets/_own_impacts.html",
        "cards": reports.own_cards(request.user),
    }
    return htmx.render(request, "reviews/own_week_part.html", context["part"], context)
