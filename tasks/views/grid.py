"""The grid page: a shell around the thumbnails, which talks to the API."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tasks import access
from tasks.models import Batch
from tasks.reports.editor_strings import editor_strings
from tasks.services import grid


@require_safe
def label_grid(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = get_object_or_404(access.workable_batches(request.user), pk=batch_id)
    control = grid.control_of(batch)
    if control is None:
        # The link was kept, and the question has changed since: go on one by one.
        return redirect("label_batch", batch.pk)
    config = {
        "person": str(request.user.pk),
        "batch": batch.pk,
        "name": batch.name,
        "control": control,
        "is_proposed": batch.suggestions == Batch.Suggestions.SHOWN,
        "api": reverse("api_grid_next").removesuffix("next/"),
        "assignments": reverse("api_assignment_next").removesuffix("next/"),
        "home": reverse("home"),
        "login": reverse("login"),
        "singly": reverse("label_batch", args=[batch.pk]),
        "strings": editor_strings(),
    }
    return render(request, "tasks/grid.html", {"batch": batch, "config": config})
