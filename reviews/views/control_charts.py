"""Control charts of a project, and the checked answers behind the figures about people."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labelops.accounts.models import Role
from labelops.csv_tables import AS, csv_response, wants_csv
from labelops.lists import CURSOR, check_parameters
from reviews.reports import checked_answers as answer_reports
from reviews.reports import control_charts as reports
from reviews.reports.dashboard_filters import class_titles
from reviews.views.tables import ROWS_MOST
from tasks.access import get_project, has_role
from tasks.kinds.schema import single_choice
from tasks.models import Project
from tasks.services.instructions import current_schema


@require_safe
def control_charts(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    check_parameters(request.GET, *reports.FILTERS, AS)
    is_manager = has_role(request.user, project, Role.MANAGER)
    wanted = reports.read_wanted(project, request.GET)
    is_file = wants_csv(request)
    page = reports.charts_page(
        project, wanted, viewer=request.user, show_names=is_manager, all_rows=is_file
    )
    if is_file:
        return _file(f"control-charts-{slug}", page)
    filters = request.GET.copy()
    filters.pop("page", None)
    context = {
        "project": project,
        "is_manager": is_manager,
        "wanted": wanted,
        "filters": filters.urlencode(),
        "page": page,
        "teams": project.teams.all(),
        "weeks": reports.WEEKS,
    }
    return render(request, "reviews/control_charts.html", context)


def _file(name: str, page: reports.ChartsPage) -> HttpResponse:
    columns = ["name", "week", "right", "checked", "percent", "limit_low", "limit_high", "verdict"]
    rows = (
        [
            chart.name,
            week.week.isoformat(),
            week.right,
            week.n,
            round(week.share, 1),
            None if week.low is None else round(week.low, 1),
            None if week.high is None else round(week.high, 1),
            week.words,
        ]
        for chart in page.charts
        for week in chart.weeks
    )
    return csv_response(name, columns, rows)


@require_safe
def checked_answers(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    check_parameters(request.GET, *answer_reports.FILTERS, AS)
    is_manager = has_role(request.user, project, Role.MANAGER)
    wanted = answer_reports.read_wanted(project, request.GET, viewer=request.user)
    if wants_csv(request):
        return _answers_file(request, project, wanted, show_names=is_manager)
    filters = request.GET.copy()
    cursor = "".join(filters.pop(CURSOR, []))
    titles = class_titles(single_choice(current_schema(project)))
    context = {
        "project": project,
        "is_manager": is_manager,
        "sentences": answer_reports.sentences(wanted, titles, show_names=is_manager),
        "page": answer_reports.answers_page(project, wanted, cursor, viewer=request.user),
        "filters": filters.urlencode(),
    }
    return render(request, "reviews/checked_answers.html", context)


def _answers_file(
    request: HttpRequest, project: Project, wanted: answer_reports.Wanted, *, show_names: bool
) -> HttpResponse:
    """The newest that fit, as many as a file has."""
    columns = ["item", "person", "source", "right", "right_class", "given_class", "answered_at"]
    found = answer_reports.newest(project, wanted, viewer=request.user)[:ROWS_MOST]
    rows = (
        [
            row.annotation.task.item.external_id,
            str(row.person) if show_names else row.person.pseudonym,
            row.source,
            row.is_right,
            row.expected,
            row.given,
            row.annotation.submitted_at.isoformat(),
        ]
        for row in found
    )
    return csv_response(f"checked-answers-{project.slug}", columns, rows)
