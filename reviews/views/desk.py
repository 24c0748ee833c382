"""The review desk: what waits, one task at a time, and the decision on it."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labelops.errors import DomainError
from reviews import access
from reviews.forms.desk import DecisionForm, DeskForm
from reviews.reports.desk import desk_page, waiting_by_project
from reviews.services import desk, queue
from tasks.access import reviewable_projects
from tasks.models import Assignment, Project
from tasks.services import assignments, questions
from tasks.views.outcomes import attempt


@require_safe
def review_home(request: HttpRequest) -> HttpResponse:
    _require_reviewer(request)
    return render(request, "reviews/desk_home.html", {"waiting": waiting_by_project(request.user)})


@require_POST
def review_next(request: HttpRequest) -> HttpResponse:
    _require_reviewer(request)
    form = DeskForm(request.POST)
    if not form.is_valid():
        raise Http404
    slug = form.cleaned_data["project"]
    project = get_object_or_404(reviewable_projects(request.user), slug=slug) if slug else None
    return _go_on(request, project)


def _require_reviewer(request: HttpRequest) -> None:
    if not reviewable_projects(request.user).exists():
        raise Http404


def _go_on(request: HttpRequest, project: Project | None) -> HttpResponse:
    assignment = queue.next_review(request.user, project=project, is_required=True)
    if assignment is None:
        messages.success(request, _("Nothing is left to decide. Well done!"))
        return redirect("review_home")
    return redirect("review_task", assignment.public_id)


@require_safe
def review_task(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    assignment = access.get_own_review(request.user, public_id)
    if assignment.state != Assignment.State.LEASED:
        messages.info(request, _("This task is no longer on your desk."))
        return redirect("review_home")
    return render(request, "reviews/desk_task.html", {"page": desk_page(assignment)})


@require_POST
def review_decide(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    assignment = access.get_own_review(request.user, public_id)
    page = desk_page(assignment)
    form = DecisionForm(request.POST, options=page.options)
    if not form.is_valid():
        return _show_again(request, page, form, next(iter(form.errors.values()))[0])
    try:
        review = desk.decide(assignment, by=request.user, **form.verdict)
    except DomainError as error:
        if error.status == 409:
            raise
        return _show_again(request, page, form, error.message)
    said = _("%(decision)s: %(item)s") % {
        "decision": review.get_decision_display().capitalize(),
        "item": assignment.task.item.external_id,
    }
    messages.success(request, said)
    return _go_on(request, assignment.batch.project)


def _show_again(
    request: HttpRequest, page: object, form: DecisionForm, problem: str
) -> HttpResponse:
    context = {"page": page, "form": form, "problem": problem}
    return render(request, "reviews/desk_task.html", context, status=422)


@require_POST
def review_ask(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask the experts about the rule; the task waits, and comes back to the reviewer."""
    assignment = access.get_own_review(request.user, public_id)
    text = request.POST.get("text", "")
    if attempt(request, questions.ask, assignment, text=text, by=request.user):
        messages.success(request, _("Asked. The task waits for the answer, and comes back to you."))
        return _go_on(request, assignment.batch.project)
    return redirect("review_task", public_id)


@require_POST
def review_release(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    assignments.release(access.get_own_review(request.user, public_id), by=request.user)
    messages.info(request, _("Given back. Somebody else will decide it."))
    return redirect("review_home")
