"""Vectors of a project: have them computed, bring some, stop, delete."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from datasets import access
from datasets.forms.vectors import VectorFileForm
from datasets.jobs import run_vectors
from datasets.services import vector_jobs
from labelops.jobs.services import wake
from tasks.access import MANAGERS, get_project
from tasks.views.outcomes import attempt, status_of


@require_POST
def vectors_start(request: HttpRequest, slug: str) -> HttpResponse:
    """Compute vectors of all items that have none here, and make the map."""
    project = get_project(request.user, slug, MANAGERS)
    vector_set = attempt(request, vector_jobs.start_building, project, by=request.user)
    if vector_set:
        wake(run_vectors, vector_set.job_id)
    return redirect(_map(slug, vector_set.pk if vector_set else None))


@require_POST
def vectors_map(request: HttpRequest, slug: str, set_id: int) -> HttpResponse:
    """Bring one set and its map up to date."""
    vector_set = access.get_vector_set(request.user, slug, set_id)
    started = attempt(request, vector_jobs.start_map, vector_set, by=request.user)
    if started:
        wake(run_vectors, started.job_id)
    return redirect(_map(slug, set_id))


@require_POST
def vectors_stop(request: HttpRequest, slug: str, set_id: int) -> HttpResponse:
    vector_set = access.get_vector_set(request.user, slug, set_id)
    attempt(request, vector_jobs.stop, vector_set, by=request.user)
    return redirect(_map(slug, set_id))


@require_POST
def vectors_delete(request: HttpRequest, slug: str, set_id: int) -> HttpResponse:
    vector_set = access.get_vector_set(request.user, slug, set_id)
    name = attempt(request, vector_jobs.delete_set, vector_set, by=request.user)
    if name:
        messages.success(request, _("“%(name)s” has been deleted.") % {"name": name})
    return redirect(_map(slug, None if name else set_id))


@require_http_methods(["GET", "HEAD", "POST"])
def vectors_upload(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug, MANAGERS)
    given = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = VectorFileForm(*given, project=project, by=request.user)
    if form.is_valid() and (vector_set := form.save()):
        wake(run_vectors, vector_set.job_id)
        return redirect(_map(slug, vector_set.pk))
    context = {"project": project, "form": form}
    return render(request, "datasets/vectors_upload.html", context, status=status_of(form))


def _map(slug: str, set_id: int | None) -> str:
    page = reverse("item_map", args=[slug])
    return f"{page}?vectors={set_id}" if set_id else page
