"""Pages that belong to no app: the home page of each role, health, refused forms."""

import sys
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from labelops.accounts.models import User
from labelops.errors import NotAllowed
from labelops.navigation import COUNT_SHOWN, standing_of, unread_of
from labelops.notices.access import unread_announcements
from reviews.access import board_batches
from reviews.reports.board import worst_rows
from reviews.reports.own_work import own_work
from tasks import access
from tasks.models import Assignment, Stage
from tasks.services.markdown import render_markdown

# Those that must be confirmed first; the next one takes the place of one that is read.
ANNOUNCEMENTS_SHOWN = 5
RETRY_SECONDS = 2


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What to do next, for whatever the person may do."""
    standing = standing_of(request)
    announced = unread_announcements(request.user)[:ANNOUNCEMENTS_SHOWN]
    context: dict[str, Any] = {
        "standing": standing,
        "announcements": [(one, render_markdown(one.text)) for one in announced],
    }
    if standing.is_labeler:
        context |= {"work": own_work(request.user), "unread_count": unread_of(request)}
    if standing.is_reviewer:
        context["reviews_waiting"] = _reviews_waiting(request.user)
    if standing.is_project_staff:
        context["rows"] = worst_rows(board_batches(access.projects(request.user)))
        context["currency"] = settings.CURRENCY
    return render(request, "home.html", context)


def _reviews_waiting(user: User) -> int:
    waiting = Assignment.objects.filter(
        stage__in=[Stage.REVIEW, Stage.ADJUDICATE],
        state=Assignment.State.OPEN,
        batch__in=access.batches_to_review(user),
    )
    return waiting.order_by()[:COUNT_SHOWN].count()


@require_safe
@login_not_required
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers; it tells nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Explain a refused form: nearly always a page that was open across a login."""
    error = NotAllowed(
        _("This page is out of date, so nothing was changed."),
        code="csrf_failed",
        hint=_("Go back, reload the page and try again."),
    )
    return render(request, "error.html", {"error": error}, status=error.status)


def server_error(request: HttpRequest) -> HttpResponse:
    """What nobody foresaw: 500. A database that is away for the moment: 503, come again."""
    is_away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_away else HTTPStatus.INTERNAL_SERVER_ERROR
    headers = {"Retry-After": str(RETRY_SECONDS)} if is_away else {}
    if request.path.startswith("/api/"):
        body = {
            "code": "unavailable" if is_away else "server_error",
            "message": _("The database is away for a moment. Nothing was changed.")
            if is_away
            else _("Something unexpected happened. Nothing was changed."),
            "hint": _("Send the same request again."),
        }
        return JsonResponse(body, status=status, headers=headers)
    page = render_to_string("503.html" if is_away else "500.html")
    return HttpResponse(page, status=status, headers=headers)
