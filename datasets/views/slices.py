"""The slice finder of an evaluation: where failures gather, in sentences."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from datasets import access
from datasets.jobs import run_slices
from datasets.reports.slice_words import slice_rows
from datasets.services import slice_search
from labelops import htmx
from labelops.accounts.models import Role
from labelops.jobs.services import cancel_job, wake
from labelops.lists import check_parameters
from tasks.access import MANAGERS, has_role
from tasks.views.outcomes import attempt


@require_safe
def slices(request: HttpRequest, slug: str, evaluation_id: int) -> HttpResponse:
    """The page; to htmx its body alone, which asks again until the search has ended."""
    evaluation = access.get_evaluation(request.user, slug, evaluation_id)
    check_parameters(request.GET)
    search = slice_search.newest_search(evaluation)
    is_done = search is not None and search.finished_at is not None
    context = {
        "project": evaluation.project,
        "is_manager": has_role(request.user, evaluation.project, Role.MANAGER),
        "evaluation": evaluation,
        "search": search,
        "rows": slice_rows(evaluation, search) if search and is_done else [],
    }
    return htmx.render(request, "datasets/slices.html", "datasets/_slices_body.html", context)


@require_POST
def slices_find(request: HttpRequest, slug: str, evaluation_id: int) -> HttpResponse:
    evaluation = access.get_evaluation(request.user, slug, evaluation_id, MANAGERS)
    if search := attempt(request, slice_search.start, evaluation, by=request.user):
        wake(run_slices, search.job_id)
    return redirect("slices", slug, evaluation_id)


@require_POST
def slices_cancel(request: HttpRequest, slug: str, evaluation_id: int) -> HttpResponse:
    evaluation = access.get_evaluation(request.user, slug, evaluation_id, MANAGERS)
    if search := slice_search.newest_search(evaluation):
        attempt(request, cancel_job, search.job, by=request.user)
    return redirect("slices", slug, evaluation_id)
