"""The review desk: what waits, one task at a time, and the decision on it.

The page's script asks for fragments instead of pages, one task ahead (header `X-Desk`).
"""

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labelops.errors import DomainError
from reviews import access
from reviews.forms.desk import DecisionForm, DeskForm
from reviews.reports.desk import DeskPage, desk_page
from reviews.reports.desk_home import queue_filters, waiting_by_project
from reviews.services import chosen_reviews, desk, queue, undo
from tasks.access import reviewable_projects
from tasks.models import Assignment, Suspension
from tasks.services import assignments, questions
from tasks.views.outcomes import attempt


@require_safe
def review_home(request: HttpRequest) -> HttpResponse:
    allowed = reviewable_projects(request.user)
    first = allowed.order_by("pk").first()
    if first is None:
        raise Http404
    seat = _seat(request, request.GET)
    waiting = waiting_by_project(request.user)
    project = seat.chosen or (waiting[0].project if waiting else first)
    context = {
        "suspended": Suspension.objects.keeping_back(request.user),
        "waiting": waiting,
        "filters": queue_filters(request.user, project),
        "projects": allowed.order_by("name")[:50],
        "last": undo.last_decision(request.user),
    }
    return render(request, "reviews/desk_home.html", context)


def _seat(request: HttpRequest, sent: Mapping[str, Any]) -> DeskForm:
    """The queue the person sits at. What is not theirs, or no filter, is a 404."""
    if not reviewable_projects(request.user).exists():
        raise Http404
    form = DeskForm(sent, user=request.user)
    if not form.is_valid() or set(sent) - {*form.fields, "csrfmiddlewaretoken"}:
        raise Http404
    return form


@require_POST
def review_open(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A task that the person chose to decide, whatever the queue has for them."""
    task = access.get_task_to_decide(request.user, public_id)
    held = attempt(request, chosen_reviews.open_on_desk, task, by=request.user)
    if held is None:
        return redirect("review_home")
    return redirect("review_task", held.public_id)


@require_POST
def review_next(request: HttpRequest) -> HttpResponse:
    return _go_on(request, _seat(request, request.POST))


def _go_on(request: HttpRequest, seat: DeskForm) -> HttpResponse:
    assignment = _next(request, seat)
    if assignment is None:
        messages.success(request, _("Nothing is left to decide. Well done!"))
        return redirect("review_home")
    return redirect(_address(assignment.public_id, seat))


def _next(
    request: HttpRequest, seat: DeskForm, *, beyond: Assignment | None = None
) -> Assignment | None:
    return queue.next_review(
        request.user,
        project=seat.chosen,
        is_required=True,
        narrowing=seat.narrowing,
        beyond=beyond,
    )


def _address(public_id: uuid.UUID, seat: DeskForm) -> str:
    query = f"?{urlencode(seat.kept)}" if seat.kept else ""
    return reverse("review_task", args=[public_id]) + query


@require_safe
def review_task(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    assignment = access.get_own_review(request.user, public_id)
    seat = _seat(request, request.GET)
    if assignment.state != Assignment.State.LEASED:
        messages.info(request, _("This task is no longer on your desk."))
        return redirect("review_home")
    return _shown(request, seat, desk_page(assignment), last=undo.last_decision(request.user))


def _shown(
    request: HttpRequest, seat: DeskForm, page: DeskPage, *, status: int = 200, **over: Any
) -> HttpResponse:
    template = "reviews/_desk_task.html" if _is_script(request) else "reviews/desk_task.html"
    context = {"page": page, "query": urlencode(seat.kept), "narrowed": seat.narrowing.is_any}
    return render(request, template, context | over, status=status)


def _is_script(request: HttpRequest) -> bool:
    return "X-Desk" in request.headers


@require_POST
def review_decide(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    assignment = access.get_own_review(request.user, public_id)
    seat = _seat(request, request.GET)
    page = desk_page(assignment)
    form = DecisionForm(request.POST, page=page)
    try:
        review = form.is_valid() and desk.decide(assignment, by=request.user, **form.verdict)
    except DomainError as error:
        if error.status == 409:
            return _refused(request, error)
        form.add_refusal(error)
    if form.errors:
        problem = next(iter(form.errors.values()))[0]
        return _shown(request, seat, page, form=form, problem=problem, status=422)
    if _is_script(request):
        return _ahead(request, seat, request.POST.get("showing", ""))
    said = {
        "decision": review.get_decision_display().capitalize(),
        "item": assignment.task.item.external_id,
    }
    messages.success(request, _("%(decision)s: %(item)s") % said)
    return _go_on(request, seat)


def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    """To a person as a page, which the middleware makes; to the script as words."""
    if not _is_script(request):
        raise error
    return JsonResponse(error.as_dict(), status=error.status)


@require_POST
def review_ahead(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Lease the task after this one and draw it; 204 when there is none."""
    return _ahead(request, _seat(request, request.GET), str(public_id))


def _ahead(request: HttpRequest, seat: DeskForm, showing: str) -> HttpResponse:
    """At most one task beyond the one that is shown."""
    try:
        shown = access.get_own_review(request.user, uuid.UUID(showing)) if showing else None
    except ValueError as error:
        raise Http404 from error
    assignment = _next(request, seat, beyond=shown)
    if assignment is None:
        return HttpResponse(status=204)
    page = desk_page(access.get_own_review(request.user, assignment.public_id))
    return _shown(request, seat, page)


@require_POST
def review_undo(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Take a decision back; its task is before the person again."""
    assignment = access.get_own_review(request.user, public_id)
    seat = _seat(request, request.GET)
    if not _is_script(request):
        made = attempt(request, undo.take_back, assignment.public_id, by=request.user)
        return redirect(_address(made.public_id, seat) if made else "review_home")
    try:
        made = undo.take_back(assignment.public_id, by=request.user)
    except DomainError as error:
        return _refused(request, error)
    return _shown(request, seat, desk_page(access.get_own_review(request.user, made.public_id)))


@require_POST
def review_ask(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask the experts about the rule; the task waits, and comes back to the reviewer."""
    assignment = access.get_own_review(request.user, public_id)
    seat = _seat(request, request.GET)
    text = request.POST.get("text", "")
    if attempt(request, questions.ask, assignment, text=text, by=request.user):
        messages.success(request, _("Asked. The task waits for the answer, and comes back to you."))
        return _go_on(request, seat)
    return redirect(_address(public_id, seat))


@require_POST
def review_release(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    assignments.release(access.get_own_review(request.user, public_id), by=request.user)
    if _is_script(request):
        return HttpResponse(status=204)
    messages.info(request, _("Given back. Somebody else will decide it."))
    return redirect("review_home")
