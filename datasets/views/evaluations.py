"""Evaluations: the list, a new one, its page with moving thresholds, and two beside each other."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datasets import access
from datasets.forms.evaluations import EvaluateForm
from datasets.jobs import run_evaluation
from datasets.models import Evaluation
from datasets.reports.comparisons import comparison_page
from datasets.reports.evaluations import evaluation_figures
from datasets.services import evaluations
from datasets.services.comparisons import others_of
from datasets.services.sets.cells import bars_given
from labelops import htmx
from labelops.accounts.models import Role
from labelops.jobs.services import wake
from labelops.lists import CURSOR, check_parameters, keyset_page, number_or_none
from reviews.access import get_model_version
from tasks.access import MANAGERS, get_project, has_role
from tasks.reports.history import history
from tasks.views.outcomes import attempt, status_of

MODEL_EVALUATIONS_SHOWN = 10
PAGE_DIGITS = 6


@require_safe
def evaluation_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    check_parameters(request.GET)
    rows = access.evaluations_of(project)
    page = keyset_page(rows, request.GET.get(CURSOR, ""), newest_first=True)
    is_manager = has_role(request.user, project, Role.MANAGER)
    context = {"project": project, "page": page, "is_manager": is_manager}
    return render(request, "datasets/evaluation_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def evaluation_create(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug, MANAGERS)
    data = request.POST if request.method == "POST" else None
    check_parameters(request.GET, "model_version", "dataset_version")
    form = EvaluateForm(data, initial=request.GET.dict(), project=project, by=request.user)
    if form.is_valid() and (evaluation := form.save()):
        wake(run_evaluation, evaluation.job_id)
        return redirect("evaluation_detail", slug, evaluation.pk)
    context = {"project": project, "form": form}
    return render(request, "datasets/evaluation_create.html", context, status=status_of(form))


@require_safe
def evaluation_detail(request: HttpRequest, slug: str, evaluation_id: int) -> HttpResponse:
    """The page; to htmx its body alone, which asks again until the evaluation has ended."""
    evaluation = access.get_evaluation(request.user, slug, evaluation_id)
    context = _context(request, evaluation)
    context["history"] = history([evaluation], show_names=context["is_manager"])
    page, body = "datasets/evaluation_detail.html", "datasets/_evaluation_body.html"
    return htmx.render(request, page, body, context)


@require_safe
def evaluation_figures_part(request: HttpRequest, slug: str, evaluation_id: int) -> HttpResponse:
    """What moves with the thresholds, for htmx."""
    evaluation = access.get_evaluation(request.user, slug, evaluation_id)
    return render(request, "datasets/_evaluation_figures.html", _context(request, evaluation))


def _context(request: HttpRequest, evaluation: Evaluation) -> dict[str, Any]:
    check_parameters(request.GET, "score", "overlap", "classes")
    context = {
        "project": evaluation.project,
        "evaluation": evaluation,
        "is_manager": has_role(request.user, evaluation.project, Role.MANAGER),
    }
    if evaluation.is_finished:
        bars = bars_given(evaluation, request.GET.dict())
        page = number_or_none(request.GET.get("classes", ""), digits=PAGE_DIGITS)
        context["figures"] = evaluation_figures(evaluation, bars, page or 1)
    return context


@require_POST
def evaluation_bars(request: HttpRequest, slug: str, evaluation_id: int) -> HttpResponse:
    evaluation = access.get_evaluation(request.user, slug, evaluation_id)
    if bars := attempt(request, bars_given, evaluation, request.POST.dict()):
        attempt(request, evaluations.keep_bars, evaluation, bars, by=request.user)
    return redirect("evaluation_detail", slug, evaluation_id)


@require_POST
def evaluation_cancel(request: HttpRequest, slug: str, evaluation_id: int) -> HttpResponse:
    evaluation = access.get_evaluation(request.user, slug, evaluation_id, MANAGERS)
    attempt(request, evaluations.cancel, evaluation, by=request.user)
    return redirect("evaluation_detail", slug, evaluation_id)


@require_POST
def evaluation_delete(request: HttpRequest, slug: str, evaluation_id: int) -> HttpResponse:
    evaluation = access.get_evaluation(request.user, slug, evaluation_id, MANAGERS)
    attempt(request, evaluations.delete, evaluation, by=request.user)
    return redirect("evaluation_list", slug)


@require_safe
def evaluation_compare(request: HttpRequest, slug: str, evaluation_id: int) -> HttpResponse:
    """With the next older one, or any other of the same labels.

    To htmx the figures alone, which asks again until all items are compared.
    """
    evaluation = access.get_finished_evaluation(request.user, slug, evaluation_id)
    check_parameters(request.GET, "before")
    others = others_of(evaluation)
    before = access.get_other_evaluation(evaluation, others, request.GET.get("before", ""))
    context = {
        "project": evaluation.project,
        "evaluation": evaluation,
        "is_manager": has_role(request.user, evaluation.project, Role.MANAGER),
        "others": others,
        "before": before,
        "page": comparison_page(before, evaluation) if before else None,
    }
    page, body = "datasets/evaluation_compare.html", "datasets/_comparison_body.html"
    return htmx.render(request, page, body, context)


@require_safe
def model_evaluations(request: HttpRequest, slug: str, model_id: int) -> HttpResponse:
    """The newest ones of a model, as a part of its page."""
    model = get_model_version(request.user, slug, model_id)
    rows = access.evaluations_of(model.project).filter(model_version=model)
    context = {
        "project": model.project,
        "model": model,
        "is_manager": has_role(request.user, model.project, Role.MANAGER),
        "evaluations": rows.order_by("-pk")[:MODEL_EVALUATIONS_SHOWN],
        "part": "datasets/_model_evaluations.html",
    }
    return htmx.render(request, "reviews/model_part.html", context["part"], context)
