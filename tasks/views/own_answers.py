"""A person's own answers of today: to look back, and to take one up again."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from labelops.lists import CURSOR, check_parameters
from labelops.weeks import read_day, this_week
from tasks import access
from tasks.models import Stage
from tasks.reports import moves
from tasks.reports import own_answers as reports
from tasks.services import withdrawals


@require_safe
def own_answer_list(request: HttpRequest) -> HttpResponse:
    check_parameters(request.GET)
    page = reports.own_answers(request.user, request.GET.get(CURSOR, ""))
    context = {
        "page": page,
        "has_taken_out": reports.has_taken_out(request.user),
        "moved": moves.told(request.user),
    }
    return render(request, "tasks/own_answers.html", context)


@require_safe
def own_answers_of_day(request: HttpRequest) -> HttpResponse:
    """Of a day of UTC, or of today."""
    check_parameters(request.GET, "day")
    day = read_day(request.GET, "day") or this_week().today
    page = reports.of_day(request.user, day, request.GET.get(CURSOR, ""))
    return render(request, "tasks/own_answers_of_day.html", {"page": page, "day": day})


@require_safe
def own_answers_taken_out(request: HttpRequest) -> HttpResponse:
    """Which answers of theirs no longer count, and why."""
    check_parameters(request.GET)
    page = reports.taken_out(request.user, request.GET.get(CURSOR, ""))
    return render(request, "tasks/own_answers_taken_out.html", {"page": page})


@require_POST
def own_answer_reopen(request: HttpRequest, assignment_id: uuid.UUID) -> HttpResponse:
    """The answer becomes a draft under a lease again, and is the first task on the page."""
    assignment = access.get_own_assignment(request.user, assignment_id, stage=Stage.ANNOTATE)
    withdrawals.withdraw(assignment.public_id, by=request.user)
    return redirect("label_batch", assignment.batch_id)
