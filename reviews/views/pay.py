"""What work is worth, and what it came to."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops import htmx
from labelops.accounts.models import Team, User
from labelops.csv_tables import csv_response
from labelops.lists import check_parameters
from reviews import access
from reviews.forms.pay import PayRatesForm
from reviews.reports.pay_rates import rates_page
from reviews.reports.statement_details import detail
from reviews.reports.statement_filters import CSV, PRINT, Chosen, read_chosen
from reviews.reports.statements import statement
from reviews.services import statements
from reviews.services.ledger import Scope
from tasks.access import MANAGERS, get_project
from tasks.models import Project
from tasks.views.outcomes import attempt, status_of


@require_safe
def project_pay(request: HttpRequest, slug: str) -> HttpResponse:
    """Of a whole project, or of one of its teams or people."""
    project = get_project(request.user, slug, MANAGERS)
    chosen = read_chosen(request.GET, "team", "person")
    team = access.get_paid_team(project, chosen.team) if chosen.team is not None else None
    person = _person_of(chosen, project=project, team=None)
    scope = Scope(project.pk, chosen.team, chosen.person)
    context = {"project": project, "is_manager": True, "team": team, "person": person}
    return _statement(request, scope, chosen, context)


@require_safe
def team_pay(request: HttpRequest, team_id: int) -> HttpResponse:
    """Of one's own team, in whatever projects, or of one of its people."""
    team = access.get_managed_team(request.user, team_id)
    chosen = read_chosen(request.GET, "person")
    person = _person_of(chosen, project=None, team=team)
    scope = Scope(team=team.pk, person=chosen.person)
    return _statement(request, scope, chosen, {"team": team, "person": person})


@require_safe
def earnings(request: HttpRequest) -> HttpResponse:
    """One's own, in whatever projects and teams."""
    chosen = read_chosen(request.GET)
    scope = Scope(person=request.user.pk)
    return _statement(request, scope, chosen, {"person": request.user, "is_own": True})


@require_POST
def pay_close(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug, MANAGERS)
    chosen = read_chosen(request.POST, "csrfmiddlewaretoken")
    if attempt(request, statements.close_month, project, chosen.month, by=request.user):
        messages.success(request, _("The month is closed: its statements stay as they are."))
    return redirect(f"{reverse('project_pay', args=[slug])}?{chosen.query()}")


def _person_of(chosen: Chosen, *, project: Project | None, team: Team | None) -> User | None:
    if chosen.person is None:
        return None
    return access.get_paid_person(chosen.person, project=project, team=team)


def _statement(
    request: HttpRequest, scope: Scope, chosen: Chosen, context: dict[str, Any]
) -> HttpResponse:
    """The page, its print view or a file of one of its tables; of one line where it is named."""
    page = detail(scope, chosen) if chosen.basis else statement(scope, chosen)
    if chosen.form == CSV:
        table = page.tables.get(chosen.table)
        if table is None:
            raise Http404
        titles = [column.title for column in table.columns]
        rows = ([cell.raw for cell in row] for row in table.rows)
        return csv_response(f"{chosen.month:%Y-%m}-{table.key}", titles, rows)
    context |= {
        "page": page,
        "chosen": chosen,
        "currency": settings.CURRENCY,
        "title": _title(page.title, context),
    }
    if chosen.form == PRINT:
        return render(request, "reviews/statement_print.html", context)
    name = "statement_detail" if chosen.basis else "statement"
    return render(request, f"reviews/{name}.html", context)


def _title(what: str, context: dict[str, Any]) -> str:
    """Whose statement it is; the project stands in the trail above it."""
    whose = [str(found) for name in ("person", "team") if (found := context.get(name))]
    if "is_own" in context:
        whose = [_("Earnings")]
    return ", ".join([*(whose or [_("Pay")]), what])


@require_http_methods(["GET", "HEAD", "POST"])
def pay_rates(request: HttpRequest, slug: str) -> HttpResponse:
    """The amounts as they stand; sent with `preview` it only shows what they would change."""
    project = get_project(request.user, slug, MANAGERS)
    check_parameters(request.GET, "team")
    team = _team_of(project, request.GET.get("team", ""))
    data = request.POST if request.method == "POST" else None
    form = PayRatesForm(data, project=project, team=team, by=request.user)
    is_preview = "preview" in request.POST
    if not is_preview and form.is_valid() and (changes := form.save()) is not None:
        said = (
            _("The amounts are stored.") if changes else _("Nothing differs, so nothing changed.")
        )
        messages.success(request, said)
        address = reverse("pay_rates", args=[slug])
        return redirect(f"{address}?team={team.pk}" if team else address)
    context = {
        "project": project,
        "is_manager": True,
        "form": form,
        "team": team,
        "currency": settings.CURRENCY,
        "changes": form.preview() if is_preview else None,
        "page": rates_page(project, team),
    }
    page, part = "reviews/pay_rates.html", "reviews/_pay_changes.html"
    status = 200 if is_preview else status_of(form)
    return htmx.render(request, page, part, context, status=status)


def _team_of(project: Project, given: str) -> Team | None:
    if not given:
        return None
    found = project.teams.filter(pk=int(given)).first() if _is_number(given) else None
    if found is None:
        raise Http404
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 18
