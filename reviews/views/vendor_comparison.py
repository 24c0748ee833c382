"""Two teams of a project side by side, and the items that both had."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from labelops.accounts.models import Role
from labelops.csv_tables import AS, csv_response, wants_csv
from labelops.errors import DomainError
from labelops.lists import CURSOR, check_parameters
from reviews.reports import shared_items as item_reports
from reviews.reports import team_answers as answer_reports
from reviews.reports import vendor_comparison as reports
from reviews.views.tables import TABLE, Table, named_table
from tasks.access import get_project, has_role


@require_safe
def vendor_comparison(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    check_parameters(request.GET, *reports.FILTERS, AS, TABLE)
    wanted = reports.read_wanted(project, request.GET)
    is_file = wants_csv(request)
    if is_file and not wanted.is_whole:
        raise DomainError(_("Choose two teams."), field="second", code="missing_parameter")
    found = reports.compare(project, wanted, viewer=request.user) if wanted.is_whole else None
    table = named_table(request, "items", "work", "lots")
    if is_file:
        return _file(slug, found, table)
    context = {
        "project": project,
        "is_manager": has_role(request.user, project, Role.MANAGER),
        "wanted": wanted,
        "teams": project.teams.all(),
        "found": found,
        "weeks": reports.WEEKS,
    }
    return render(request, "reviews/vendor_comparison.html", context)


def _file(slug: str, found: reports.Comparison, table: str) -> HttpResponse:
    columns, rows = {"items": _items, "work": _work, "lots": _lots}[table](found)
    return csv_response(f"teams-{slug}-{table}", columns, rows)


def _items(found: reports.Comparison) -> Table:
    first, second = (facts.team.name for facts in found.teams)
    columns = ["class", "shared_items", first, second, "gap", "gap_low", "gap_high", "verdict"]
    return columns, [
        [
            row.title,
            row.n,
            *(round(figure.value, 4) for figure in (row.first, row.second, row.gap)),
            round(row.gap.interval.low, 4),
            round(row.gap.interval.high, 4),
            row.verdict,
        ]
        for row in found.rows
    ]


def _work(found: reports.Comparison) -> Table:
    columns = ["team", "people", "labels", "accepted", "decided", "seconds_a_label"]
    columns += ["cost_a_label", "cost_an_accepted_label", "next_lot"]
    return columns, [
        [
            facts.team.name,
            facts.people_count,
            facts.labels,
            facts.passed.count,
            facts.passed.n,
            facts.seconds,
            facts.label_cost,
            facts.accepted_cost,
            facts.severity,
        ]
        for facts in found.teams
    ]


def _lots(found: reports.Comparison) -> Table:
    return ["lot", "team", "accepted", "ended_at"], [
        [lot.name, lot.team, lot.is_accepted, lot.ended_at.isoformat()] for lot in found.lots
    ]


@require_safe
def shared_items(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    check_parameters(request.GET, *item_reports.FILTERS)
    wanted = reports.read_wanted(project, request.GET)
    if not wanted.is_whole:
        return redirect("vendor_comparison", slug)
    chosen = item_reports.read_filters(request.GET)
    filters = request.GET.copy()
    filters.pop("page", None)
    context = {
        "project": project,
        "is_manager": has_role(request.user, project, Role.MANAGER),
        "wanted": wanted,
        "chosen": chosen,
        "page": item_reports.shared_page(project, wanted, chosen, viewer=request.user),
        "filters": filters.urlencode(),
    }
    return render(request, "reviews/shared_items.html", context)


@require_safe
def team_answers(request: HttpRequest, slug: str) -> HttpResponse:
    """The labels behind what a team of the comparison did."""
    project = get_project(request.user, slug)
    check_parameters(request.GET, *answer_reports.FILTERS)
    wanted = reports.read_wanted(project, request.GET)
    if not wanted.is_whole:
        return redirect("vendor_comparison", slug)
    chosen = answer_reports.read_filters(wanted, request.GET)
    filters = request.GET.copy()
    cursor = "".join(filters.pop(CURSOR, []))
    context = {
        "project": project,
        "is_manager": has_role(request.user, project, Role.MANAGER),
        "wanted": wanted,
        "chosen": chosen,
        "weeks": reports.WEEKS,
        "page": answer_reports.answers_page(project, wanted, chosen, cursor, viewer=request.user),
        "filters": filters.urlencode(),
    }
    return render(request, "reviews/team_answers.html", context)
