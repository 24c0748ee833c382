"""Why a model fails: the causes of an evaluation's failures, and what people make of them."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from datasets import access
from datasets.jobs import run_tracing, run_vectors
from datasets.reports import cause_bundle
from datasets.reports.cause_actions import Reader
from datasets.reports.causes import tracing_page
from datasets.reports.failures import failure_page
from datasets.services import tracing, vector_jobs, verdicts
from datasets.services.vectors import being_computed, default_set
from labelops import htmx
from labelops.accounts.models import Role
from labelops.csv_tables import AS, csv_response
from labelops.jobs.services import wake
from labelops.lists import CURSOR, check_parameters
from tasks.access import MANAGERS, has_role
from tasks.models import Project
from tasks.views.outcomes import attempt


@require_safe
def tracing_detail(request: HttpRequest, slug: str, evaluation_id: int) -> HttpResponse:
    """The page; to htmx its body alone, which asks again until the causes are there."""
    evaluation = access.get_evaluation(request.user, slug, evaluation_id)
    check_parameters(request.GET, CURSOR)
    reader = _reader(request, evaluation.project)
    context = {
        "project": evaluation.project,
        "evaluation": evaluation,
        "page": tracing_page(evaluation, reader, request.GET.get(CURSOR, "")),
        "has_vectors": default_set(evaluation.project) is not None,
        "computing": being_computed(evaluation.project),
        "is_manager": reader.is_manager,
    }
    body = "datasets/_tracing_body.html"
    return htmx.render(request, "datasets/tracing_detail.html", body, context)


def _reader(request: HttpRequest, project: Project) -> Reader:
    return Reader(
        is_manager=has_role(request.user, project, Role.MANAGER),
        is_expert=has_role(request.user, project, Role.EXPERT),
    )


@require_POST
def tracing_start(request: HttpRequest, slug: str, evaluation_id: int) -> HttpResponse:
    """Trace the causes; where there are no vectors yet, compute these first."""
    evaluation = access.get_evaluation(request.user, slug, evaluation_id, MANAGERS)
    if default_set(evaluation.project) is None:
        made = attempt(request, vector_jobs.start_building, evaluation.project, by=request.user)
        if made is not None:
            wake(run_vectors, made.job_id)
    elif started := attempt(request, tracing.start, evaluation, by=request.user):
        wake(run_tracing, started.job_id)
    return redirect("tracing_detail", slug, evaluation_id)


@require_POST
def tracing_cancel(request: HttpRequest, slug: str, evaluation_id: int) -> HttpResponse:
    evaluation = access.get_evaluation(request.user, slug, evaluation_id, MANAGERS)
    if newest := tracing.tracings_of(evaluation).first():
        attempt(request, tracing.cancel, newest, by=request.user)
    return redirect("tracing_detail", slug, evaluation_id)


@require_safe
def tracing_bundle(
    request: HttpRequest, slug: str, evaluation_id: int
) -> HttpResponse | StreamingHttpResponse:
    """All evidence, or that of one cause or group, as a file for whoever works on the model."""
    evaluation = access.get_evaluation(request.user, slug, evaluation_id)
    check_parameters(request.GET, AS, "cause", "cluster")
    form = cause_bundle.checked_form(request.GET.get(AS, ""))
    given = {name: request.GET.get(name, "") for name in ("cause", "cluster")}
    records = cause_bundle.records_of(evaluation, given, request.build_absolute_uri)
    name = f"{slug}-causes-{evaluation.pk}"
    if form == cause_bundle.CSV:
        return csv_response(name, cause_bundle.COLUMNS, cause_bundle.table_rows(records))
    response = StreamingHttpResponse(
        cause_bundle.lines(records), content_type="application/x-ndjson"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.jsonl"'
    return response


@require_POST
def failures_hand_over(
    request: HttpRequest, slug: str, evaluation_id: int, number: int
) -> HttpResponse:
    cluster = access.get_cluster(request.user, slug, evaluation_id, number)
    attempt(request, verdicts.hand_over, cluster, by=request.user)
    return redirect("tracing_detail", slug, evaluation_id)


@require_safe
def failure_detail(
    request: HttpRequest, slug: str, evaluation_id: int, item_id: uuid.UUID
) -> HttpResponse:
    failure = access.get_failure(request.user, slug, evaluation_id, item_id)
    check_parameters(request.GET)
    evaluation = failure.tracing.evaluation
    reader = _reader(request, evaluation.project)
    context = {
        "project": evaluation.project,
        "evaluation": evaluation,
        "page": failure_page(failure, reader),
        "is_manager": reader.is_manager,
    }
    return render(request, "datasets/failure_detail.html", context)


@require_POST
def failure_overrule(
    request: HttpRequest, slug: str, evaluation_id: int, item_id: uuid.UUID
) -> HttpResponse:
    failure = access.get_failure(request.user, slug, evaluation_id, item_id)
    cause, reason = request.POST.get("cause", ""), request.POST.get("reason", "")
    if attempt(request, verdicts.overrule, failure, cause, reason, by=request.user):
        messages.success(request, _("Stored. It counts as this from now on."))
    return redirect("failure_detail", slug, evaluation_id, item_id)
