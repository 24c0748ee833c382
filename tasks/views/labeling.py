"""The labeling page: a shell around the editor, which talks to the API."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from tasks import access
from tasks.models import Batch, Stage
from tasks.reports.acknowledgements import projects_to_read
from tasks.reports.editor_strings import editor_strings
from tasks.reports.guide import version_guide
from tasks.services import grid


@require_safe
def label_page(request: HttpRequest, batch_id: int | None = None) -> HttpResponse:
    batches = access.workable_batches(request.user)
    to_read = projects_to_read(request.user).first()
    if to_read and not batches.filter(**({"pk": batch_id} if batch_id else {})).exists():
        return redirect("label_changes", to_read.slug)
    batch = get_object_or_404(batches, pk=batch_id) if batch_id else None
    config = {
        "person": str(request.user.pk),
        "batch": batch.pk if batch else None,
        "project": None,
        "api": reverse("api_assignment_next").removesuffix("next/"),
        "home": reverse("home"),
        "login": reverse("login"),
        "grid": batch and _grid_address(batch),
        "own_answers": reverse("own_answers"),
        "strings": editor_strings(),
    }
    return render(request, "tasks/label.html", {"batch": batch, "config": config})


def _grid_address(batch: Batch) -> str | None:
    suits = grid.control_of(batch) is not None
    return reverse("label_grid", args=[batch.pk]) if suits else None


@require_safe
def assignment_instructions(request: HttpRequest, assignment_id: uuid.UUID) -> HttpResponse:
    """The version that this assignment was leased under, for reading beside the work."""
    assignment = access.get_own_assignment(request.user, assignment_id, stage=Stage.ANNOTATE)
    version = assignment.instruction_version
    context = {"version": version, "blocks": version_guide(version, get_language())}
    return render(request, "tasks/assignment_instructions.html", context)
