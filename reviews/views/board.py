"""The manager's board."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from labelops.csv_tables import csv_response, wants_csv
from reviews import access
from reviews.reports import board as reports
from reviews.reports import board_filters, board_tables


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
    }
    return render(request, "reviews/board.html", context)
