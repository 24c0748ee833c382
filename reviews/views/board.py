"""The manager's board, and its parts that load by themselves: today, stock, queues."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from labelops import htmx
from labelops.accounts.services.saved_views import views_of
from labelops.csv_tables import AS, csv_response, wants_csv
from labelops.lists import check_parameters
from reviews import access
from reviews.reports import board as reports
from reviews.reports import board_filters, board_queues, board_stock, board_tables, board_today


@require_safe
def board_page(request: HttpRequest) -> HttpResponse:
    """Open batches of the reader's projects, the worst slack first."""
    projects = access.board_projects(request.user)
    wanted = board_filters.read_wanted(projects, request.GET)
    batches = access.board_batches(projects)
    if wants_csv(request):
        rows = reports.every_row(batches, wanted)
        return csv_response(_("board"), board_tables.columns(), board_tables.lines(rows))
    context = {
        "wanted": wanted,
        "board": reports.board(batches, wanted),
        "choices": board_filters.choices(projects, wanted),
        "sorts": board_filters.sorts(request.GET, wanted),
        "currency": settings.CURRENCY,
        "saved_views": views_of(request.user, "board"),
    }
    return render(request, "reviews/board.html", context)


@require_safe
def board_today_part(request: HttpRequest) -> HttpResponse:
    """What got done today, against what is needed."""
    return _part(request, "today", board_today, board_today.today)


@require_safe
def board_stock_part(request: HttpRequest) -> HttpResponse:
    """How long the work lasts, by skill and region."""
    return _part(request, "stock", board_stock, board_stock.stock)


@require_safe
def board_queues_part(request: HttpRequest) -> HttpResponse:
    """What waits for experts."""
    return _part(request, "queues", board_queues, board_queues.queues)


def _part(
    request: HttpRequest, name: str, module: Any, read: Callable[..., Iterable[Any]]
) -> HttpResponse:
    check_parameters(request.GET, AS)
    rows = read(access.board_batches(access.board_projects(request.user)))
    if wants_csv(request):
        return csv_response(name, module.columns(), map(module.line, rows))
    context = {"rows": list(rows)[: board_today.SHOWN], "part": f"reviews/_board_{name}.html"}
    return htmx.render(request, "reviews/board_part.html", context["part"], context)
