"""A person's own answers of today: to look back, and to take one up again."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from labelops.lists import check_parameters
from labelops.weeks import read_day
from tasks import access
from tasks.models import Stage
from tasks.reports.own_answers import own_answers, own_answers_of
from tasks.services import withdrawals


@require_safe
def own_answer_list(request: HttpRequest) -> HttpResponse:
    """Those of today, or of a day of UTC that is named."""
    check_parameters(request.GET, "day")
    day, cursor = read_day(request.GET, "day"), request.GET.get("cursor", "")
    page = own_answers_of(request.user, day, cursor) if day else own_answers(request.user, cursor)
    return render(request, "tasks/own_answers.html", {"page": page, "day": day})


@require_POST
def own_answer_reopen(request: HttpRequest, assignment_id: uuid.UUID) -> HttpResponse:
    """The answer becomes a draft under a lease again, and is the first task on the page."""
    assignment = access.get_own_assignment(request.user, assignment_id, stage=Stage.ANNOTATE)
    withdrawals.withdraw(assignment.public_id, by=request.user)
    return redirect("label_batch", assignment.batch_id)
