"""Models elsewhere that a project asks: registering, trying, asking, and having them learn."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops.htmx import render as render_part
from labelops.jobs.services import cancel_job, wake
from tasks import access
from tasks.forms.model_backends import AskForm, BackendForm, NewBackendForm, written_label_map
from tasks.jobs import run_asking, run_learning
from tasks.models import ModelBackend
from tasks.services import model_backend_asking as asking
from tasks.services import model_backend_learning, model_backends
from tasks.views.outcomes import attempt, status_of

EDITED = ("address", "user_name", "items_per_call", "seconds", "is_active")
ERRORS_SHOWN = 10


@require_safe
def backend_list(request: HttpRequest, slug: str) -> HttpResponse:
    """To htmx the part of the page of models that lists those elsewhere."""
    project = access.get_project(request.user, slug, access.MANAGERS)
    backends = ModelBackend.objects.filter(project=project).select_related("model_version")
    context = {"project": project, "is_manager": True, "backends": backends}
    return render_part(request, "tasks/backend_list.html", "tasks/_backend_list.html", context)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def backend_create(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug, access.MANAGERS)
    form = NewBackendForm(request.POST if request.method == "POST" else None, by=request.user)
    backend = form.create(project) if form.is_valid() else None
    if backend:
        messages.success(request, _("The model is registered. Test the connection next."))
        return redirect("backend_detail", backend.pk)
    context = {"project": project, "form": form}
    return render(request, "tasks/backend_create.html", context, status=status_of(form))


@require_safe
def backend_detail(request: HttpRequest, backend_id: int) -> HttpResponse:
    """The page; to htmx the progress alone, which asks again until the work has ended."""
    backend = access.get_model_backend(request.user, backend_id)
    job = backend.job
    context = {
        "backend": backend,
        "project": backend.project,
        "is_manager": True,
        "job": job,
        "errors": job.errors[:ERRORS_SHOWN] if job else [],
        "can_go_on": job is not None and job.state in asking.BROKEN_OFF,
        "form": AskForm(project=backend.project),
    }
    page, part = "tasks/backend_detail.html", "tasks/_backend_progress.html"
    response = render_part(request, page, part, context)
    if request.htmx and (job is None or job.is_finished):
        # What stands beside the progress has changed, too.
        response.headers["HX-Refresh"] = "true"
    return response


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def backend_edit(request: HttpRequest, backend_id: int) -> HttpResponse:
    backend = access.get_model_backend(request.user, backend_id)
    initial: dict[str, Any] = {name: getattr(backend, name) for name in EDITED}
    initial["label_map"] = written_label_map(backend)
    data = request.POST if request.method == "POST" else None
    form = BackendForm(data, initial=initial, by=request.user)
    if form.is_valid() and form.change(backend):
        messages.success(request, _("Saved. Test the connection next."))
        return redirect("backend_detail", backend_id)
    context = {"project": backend.project, "backend": backend, "form": form}
    return render(request, "tasks/backend_edit.html", context, status=status_of(form))


@require_POST
def backend_test(request: HttpRequest, backend_id: int) -> HttpResponse:
    """Tries while the person waits, for some seconds at most."""
    backend = access.get_model_backend(request.user, backend_id)
    trial = attempt(request, model_backends.try_connection, backend, by=request.user)
    if trial and trial.is_up:
        messages.success(request, trial.sentence)
    elif trial:
        # Why stands on the page itself.
        messages.error(request, _("The test failed."))
    return redirect("backend_detail", backend_id)


@require_POST
def backend_ask(request: HttpRequest, backend_id: int) -> HttpResponse:
    backend = access.get_model_backend(request.user, backend_id)
    form = AskForm(request.POST, project=backend.project)
    if not form.is_valid():
        messages.error(request, _("The project has no such batch."))
        return redirect("backend_detail", backend_id)
    batch = form.cleaned_data["batch"]
    job = attempt(request, asking.start_asking, backend, batch=batch, by=request.user)
    if job:
        wake(run_asking, job.pk)
    return redirect("backend_detail", backend_id)


@require_POST
def backend_go_on(request: HttpRequest, backend_id: int) -> HttpResponse:
    backend = access.get_model_backend(request.user, backend_id)
    job = attempt(request, asking.go_on, backend, by=request.user)
    if job:
        wake(run_asking, job.pk)
    return redirect("backend_detail", backend_id)


@require_POST
def backend_cancel(request: HttpRequest, backend_id: int) -> HttpResponse:
    backend = access.get_model_backend(request.user, backend_id)
    if backend.job:
        attempt(request, cancel_job, backend.job, by=request.user)
    return redirect("backend_detail", backend_id)


@require_POST
def backend_learn(request: HttpRequest, backend_id: int) -> HttpResponse:
    backend = access.get_model_backend(request.user, backend_id)
    job = attempt(request, model_backend_learning.start_learning, backend, by=request.user)
    if job:
        wake(run_learning, job.pk)
        messages.success(
            request, _("It is asked to learn. When it has, it shows as another version.")
        )
    return redirect("backend_detail", backend_id)


@require_POST
def backend_remove(request: HttpRequest, backend_id: int) -> HttpResponse:
    backend = access.get_model_backend(request.user, backend_id)
    model_backends.remove_backend(backend, by=request.user)
    messages.success(request, _("Removed. Its versions and their predictions stay."))
    return redirect("model_list", backend.project.slug)
