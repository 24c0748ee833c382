"""The matrix of people and teams, and what a vendor's manager reads of their own people."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labelops.csv_tables import AS, csv_response, wants_csv
from labelops.lists import check_parameters
from reviews import access
from reviews.reports import model_cards
from reviews.reports import people_matrix as matrices
from reviews.reports import vendor_people as vendors
from tasks.access import require_role


@require_safe
def people_matrix(request: HttpRequest) -> HttpResponse:
    require_role(request.user)
    check_parameters(request.GET, *matrices.FILTERS, AS)
    scope = matrices.scope_of(request.user)
    wanted = matrices.read_wanted(scope, request.GET)
    is_file = wants_csv(request)
    matrix = matrices.matrix(scope, wanted, viewer=request.user, all_rows=is_file)
    if is_file:
        return _matrix_file(matrix, model_cards.cards(scope, wanted))
    filters = request.GET.copy()
    filters.pop("page", None)
    context = {
        "scope": scope,
        "wanted": wanted,
        "matrix": matrix,
        "filters": filters.urlencode(),
        "weeks": matrices.TREND_WEEKS,
        "team_weeks": 2 * matrices.TREND_WEEKS,
    }
    return render(request, "reviews/people_matrix.html", context)


def _matrix_file(matrix: matrices.Matrix, cards: list[model_cards.ModelCard]) -> HttpResponse:
    """A line for each person or team and project, and for each class of a model."""
    columns = ["kind", "name", "teams", "project", "level", "right", "checked", "at_least_percent"]
    columns += ["trend", "trend_points", "falling", "suspended_until", "near_promotion"]
    people = (
        [
            row.person.kind,
            row.name,
            row.teams,
            cell.project.name,
            cell.level,
            cell.evidence.right if cell.evidence else 0,
            cell.evidence.n if cell.evidence else 0,
            round(cell.evidence.lower, 1) if cell.evidence else None,
            cell.trend.words,
            cell.trend.points,
            cell.is_falling,
            cell.suspended_until,
            cell.is_near,
        ]
        for row in matrix.people
        for cell in row.cells
        if cell
    )
    teams = (
        [
            "team",
            row.team.name,
            row.team.name,
            cell.project.name,
            None,
            cell.right,
            cell.n,
            None if cell.low is None else round(cell.low, 1),
            cell.trend.words,
            cell.trend.points,
        ]
        for row in matrix.teams
        for cell in row.cells
        if cell
    )
    models = model_cards.lines(cards, len(columns))
    columns += model_cards.columns()
    return csv_response("people", columns, (*people, *teams, *models))


@require_safe
def vendor_people(request: HttpRequest, team_id: int) -> HttpResponse:
    team = access.get_vendor_team(request.user, team_id)
    check_parameters(request.GET, AS)
    rows = vendors.vendor_people(team)
    if wants_csv(request):
        return _vendor_file(team.pk, rows)
    context = {
        "team": team,
        "rows": rows,
        "weeks": vendors.WEEKS,
        "least": vendors.LEAST_DECIDED,
    }
    return render(request, "reviews/vendor_people.html", context)


def _vendor_file(team_id: int, rows: list[vendors.Row]) -> HttpResponse:
    columns = ["name", "project", "level", "labels", "passed", "decided", "seconds_a_label"]
    lines = (
        [
            str(row.person),
            row.project.name,
            row.level,
            row.labels,
            row.passed.count,
            row.passed.n,
            None if row.seconds is None else round(row.seconds, 1),
        ]
        for row in rows
    )
    return csv_response(f"team-{team_id}", columns, lines)
