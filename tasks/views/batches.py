"""Batches: making and changing them, their progress, and the buttons of their states."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from labelops.jobs.services import wake
from tasks import access
from tasks.forms.batches import AddItemsForm, BatchForm, NewBatchForm
from tasks.jobs import run_adjusting, run_filling
from tasks.models import Batch
from tasks.services import batch_filling, batches, leases
from tasks.views.outcomes import attempt, status_of


@require_http_methods(["GET", "HEAD", "POST"])
def batch_create(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug, access.MANAGERS)
    data = request.POST if request.method == "POST" else None
    form = NewBatchForm(data, project=project, by=request.user)
    if form.is_valid() and (made := form.save_new()):
        batch, filling = made
        messages.success(request, _("The batch is made. Start it when it is ready."))
        _say_added(request, filling)
        return redirect("batch_detail", batch.pk)
    context = {"project": project, "form": form, "has_items": project.items.exists()}
    return render(request, "tasks/batch_create.html", context, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
def batch_edit(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = access.get_batch(request.user, batch_id, access.MANAGERS)
    data = request.POST if request.method == "POST" else None
    form = BatchForm(data, instance=batch, project=batch.project, by=request.user)
    if form.is_valid() and (changed := form.save_changes()):
        messages.success(request, _("The batch is changed."))
        if changed.adjusting:
            wake(run_adjusting, changed.adjusting.pk)
            messages.success(request, _("The tasks are being adjusted to the new overlap."))
        return redirect("batch_detail", batch_id)
    context = {"project": batch.project, "batch": batch, "form": form}
    return render(request, "tasks/batch_edit.html", context, status=status_of(form))


@require_POST
def batch_add_items(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = access.get_batch(request.user, batch_id, access.MANAGERS)
    form = AddItemsForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose which items to add."))
        return redirect("batch_detail", batch_id)
    source = form.cleaned_data["items"]
    filling = attempt(request, batch_filling.fill, batch, source, by=request.user)
    if filling is not None:
        _say_added(request, filling)
    return redirect("batch_detail", batch_id)


@require_POST
def batch_start(request: HttpRequest, batch_id: int) -> HttpResponse:
    return _press(request, batch_id, batches.start_batch, _("The batch is running."))


@require_POST
def batch_pause(request: HttpRequest, batch_id: int) -> HttpResponse:
    done = _("The batch is paused: whoever has a task may finish it.")
    return _press(request, batch_id, batches.pause_batch, done)


@require_POST
def batch_close(request: HttpRequest, batch_id: int) -> HttpResponse:
    return _press(request, batch_id, batches.close_batch, _("The batch is closed."))


@require_POST
def batch_revoke(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Take back what people hold; their drafts stay."""
    batch = access.get_batch(request.user, batch_id, access.MANAGERS)
    count = leases.revoke_batch(batch, by=request.user, reason="taken back by a manager")
    said = ngettext("%(count)d task was taken back.", "%(count)d tasks were taken back.", count) % {
        "count": count
    }
    messages.success(request, said)
    return redirect("batch_detail", batch_id)


def _press(
    request: HttpRequest, batch_id: int, service: Callable[..., Batch], done: str
) -> HttpResponse:
    batch = access.get_batch(request.user, batch_id, access.MANAGERS)
    if attempt(request, service, batch, by=request.user):
        messages.success(request, done)
    return redirect("batch_detail", batch_id)


def _say_added(request: HttpRequest, filling: batch_filling.Filling) -> None:
    if filling.job:
        wake(run_filling, filling.job.pk)
        messages.success(request, _("The items are being added; the figures follow."))
        return
    messages.success(
        request,
        ngettext("%(count)d item was added.", "%(count)d items were added.", filling.count)
        % {"count": filling.count},
    )
