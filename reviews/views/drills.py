"""Drills: begun with one click, answered like the practice of a lesson."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from reviews import access
from reviews.forms.training import AnswerForm
from reviews.models import Drill
from reviews.reports.drills import drill_page
from reviews.services import drills
from tasks.views.outcomes import attempt


@require_POST
def drill_start(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_training_project(request.user, slug)
    begun = attempt(request, drills.start, project, by=request.user)
    return redirect("drill", begun.public_id) if begun else redirect("inbox")


@require_safe
def drill(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    found = access.get_own_drill(request.user, public_id)
    return render(request, "reviews/drill.html", {"page": drill_page(found)})


@require_POST
def drill_answer(request: HttpRequest, public_id: uuid.UUID, place: int) -> HttpResponse:
    """Right goes on; wrong comes back to the same item with the right answer beside it."""
    found = access.get_own_drill(request.user, public_id)
    rows = found.items.select_related("item", "version", "drill")
    entry = get_object_or_404(rows, place=place)
    form = AnswerForm(request.POST)
    is_right = form.is_valid() and form.attempt(
        drills.answer, entry, form.cleaned_data["answer"], by=request.user
    )
    if form.errors:
        return _again(request, found, form)
    if is_right:
        messages.success(request, _("Right."))
    return redirect("drill", public_id)


def _again(request: HttpRequest, found: Drill, form: AnswerForm) -> HttpResponse:
    context = {"page": drill_page(found), "form": form}
    return render(request, "reviews/drill.html", context, status=422)
