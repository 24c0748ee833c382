"""Drills: begun with one click, answered like the practice of a lesson."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from reviews import access
from reviews.models import Drill
from reviews.reports.drills import drill_page
from reviews.services import drills
from reviews.views.practice import practise
from tasks.views.outcomes import attempt


@require_POST
def drill_start(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_training_project(request.user, slug)
    begun = attempt(request, drills.start, project, by=request.user)
    return redirect("drill", begun.public_id) if begun else redirect("inbox")


@require_safe
def drill(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _page(request, access.get_own_drill(request.user, public_id))


@require_POST
def drill_answer(request: HttpRequest, public_id: uuid.UUID, place: int) -> HttpResponse:
    found = access.get_own_drill(request.user, public_id)
    rows = found.items.select_related("item", "version", "drill")
    return practise(
        request,
        drills.answer,
        get_object_or_404(rows, place=place),
        again=lambda form: _page(request, found, form=form, status=422),
        onward=redirect("drill", public_id),
    )


def _page(request: HttpRequest, found: Drill, *, status: int = 200, **over: Any) -> HttpResponse:
    context = {"page": drill_page(found)} | over
    return render(request, "reviews/drill.html", context, status=status)
