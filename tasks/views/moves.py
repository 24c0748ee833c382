"""Who does the work: moved between people and teams, and how much somebody gets of it."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from labelops.accounts.models import User
from labelops.csv_tables import AS, csv_response, wants_csv
from labelops.lists import CURSOR, check_parameters, keyset_page
from tasks import access
from tasks.forms.caps import CapForm
from tasks.forms.moves import MoveForm, TeamsForm
from tasks.models import Assignment, Project, WorkCap
from tasks.reports import moves as reports
from tasks.services import qualifications
from tasks.services.moves import Hold, Moved
from tasks.views.outcomes import status_of


@require_http_methods(["GET", "HEAD", "POST"])
def work_move(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    project, person = _found(request, slug, person_id)
    data = request.POST if request.method == "POST" else None
    form = MoveForm(data, project=project, person=person)
    if form.is_valid() and (moved := form.save(by=request.user)):
        _say(request, moved)
        return redirect("work_move", slug, person_id)
    context = {
        "project": project,
        "person": person,
        "form": form,
        "rows": reports.work_rows(project, person),
        "kinds": [kind.label for kind in Hold],
    }
    return render(request, "tasks/work_move.html", context, status=status_of(form))


@require_safe
def work_slots(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    """The tasks behind a figure of what a person has."""
    project, person = _found(request, slug, person_id)
    check_parameters(request.GET, "kind", "batch", AS)
    rows = reports.person_slots(project, person, request.GET)
    if wants_csv(request):
        return csv_response(_("tasks"), reports.columns(), reports.lines(rows))
    context = {"project": project, "person": person}
    return render(request, "tasks/work_slots.html", context | _paged(request, rows))


@require_http_methods(["GET", "HEAD", "POST"])
def batch_teams(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = access.get_batch(request.user, batch_id, access.MANAGERS)
    form = TeamsForm(request.POST if request.method == "POST" else None, batch=batch)
    if form.is_valid() and (moved := form.save(by=request.user)):
        messages.success(request, _("The teams are changed."))
        if moved.held_count + moved.kept_count:
            _say(request, moved)
        return redirect("batch_teams", batch_id)
    context = {
        "project": batch.project,
        "batch": batch,
        "form": form,
        "rows": reports.team_rows(batch),
    }
    return render(request, "tasks/batch_teams.html", context, status=status_of(form))


@require_safe
def batch_slots(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The tasks behind a figure of what a team's people have."""
    batch = access.get_batch(request.user, batch_id, access.MANAGERS)
    check_parameters(request.GET, "team", AS)
    rows = reports.team_slots(batch, request.GET)
    if wants_csv(request):
        return csv_response(_("tasks"), reports.columns(), reports.lines(rows))
    context = {"project": batch.project, "batch": batch}
    return render(request, "tasks/batch_slots.html", context | _paged(request, rows))


@require_http_methods(["GET", "HEAD", "POST"])
def work_cap(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    """How many labels the person gives there in a day at most."""
    project, person = _found(request, slug, person_id)
    cap = WorkCap.objects.filter(project=project, person=person).first()
    data = request.POST if request.method == "POST" else None
    form = CapForm(data, initial={"labels_per_day": cap.labels_per_day if cap else None})
    if form.is_valid():
        form.save(project, person, by=request.user)
        if not form.errors:
            messages.success(request, _("The limit is set."))
            return redirect("trust_person", slug, person_id)
    context = {"project": project, "person": person, "form": form}
    return render(request, "tasks/work_cap.html", context, status=status_of(form))


def _found(request: HttpRequest, slug: str, person_id: int) -> tuple[Project, User]:
    project = access.get_project(request.user, slug, access.MANAGERS)
    return project, get_object_or_404(qualifications.people_of(project), pk=person_id)


def _paged(request: HttpRequest, rows: QuerySet[Assignment]) -> dict[str, Any]:
    given = request.GET.copy()
    given.pop(CURSOR, None)
    page = keyset_page(rows, request.GET.get(CURSOR, ""))
    return {"page": page, "filters": given.urlencode()}


def _say(request: HttpRequest, moved: Moved) -> None:
    count = moved.held_count + moved.kept_count
    said = ngettext("%(count)d task was moved.", "%(count)d tasks were moved.", count)
    messages.success(request, said % {"count": count})
    if moved.stayed_count:
        stayed = ngettext(
            "%(count)d stays: the colleague may not work on it, or has had it.",
            "%(count)d stay: the colleague may not work on them, or has had them.",
            moved.stayed_count,
        )
        messages.warning(request, stayed % {"count": moved.stayed_count})
