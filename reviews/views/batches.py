"""The page of a batch, its parts that load by themselves, and the report to print."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from labelops import htmx
from labelops.accounts.models import Role
from labelops.csv_tables import AS, csv_response, wants_csv
from labelops.lists import check_parameters
from reviews import access
from reviews.forms.what_if import WhatIfForm
from reviews.reports import batch_classes as class_reports
from reviews.reports import batch_page as reports
from reviews.reports import batch_people as people_reports
from reviews.reports import forecasts as forecast_reports
from reviews.reports.dashboard_filters import flag, sort_links_of, unknown
from tasks.access import get_batch, has_role
from tasks.forms.batches import AddItemsForm
from tasks.models import Batch
from tasks.reports.history import history
from tasks.services import batch_filling
from tasks.services.instructions import current_version

State = Batch.State


@require_safe
def batch_detail(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = access.get_batch_with_figures(request.user, batch_id)
    page = reports.batch_page(batch)
    is_filling = batch_filling.is_filling(batch)
    is_empty = not page.row.progress.task_count
    is_published = current_version(batch.project) is not None
    context = {
        "project": batch.project,
        "batch": batch,
        "page": page,
        "outlook": forecast_reports.outlook(batch),
        "currency": settings.CURRENCY,
        "teams": batch.teams.all(),
        "is_manager": has_role(request.user, batch.project, Role.MANAGER),
        "is_filling": is_filling,
        "is_refreshed": is_filling or batch.state == State.RUNNING,
        "can_start": batch.state not in {State.RUNNING, State.CALIBRATING},
        "can_pause": batch.state == State.RUNNING,
        "can_close": batch.state in {State.RUNNING, State.PAUSED},
        "is_empty": is_empty,
        "is_published": is_published,
        "is_startable": is_published and not is_empty,
        "add_form": AddItemsForm(),
        "what_if_form": WhatIfForm(overlap=batch.overlap),
    }
    return htmx.render(request, "reviews/batch_detail.html", "reviews/_batch_flow.html", context)


@require_safe
def batch_people(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Who works on it; those by whom it loses most work come first."""
    batch = get_batch(request.user, batch_id, archived=True)
    check_parameters(request.GET, "sort", "today", AS)
    sort = request.GET.get("sort", "") or "lost"
    if sort.removeprefix("-") not in people_reports.SORTS:
        raise unknown("sort")
    is_manager = has_role(request.user, batch.project, Role.MANAGER)
    rows = people_reports.people_of_batch(batch, show_names=is_manager, sort=sort)
    if only_today := flag(request.GET, "today"):
        rows = [row for row in rows if row.today]
    if wants_csv(request):
        lines = map(people_reports.line, rows)
        return csv_response(_("people"), people_reports.columns(), lines)
    context = {
        **_place(batch, is_manager),
        "people": rows[: people_reports.SHOWN],
        "only_today": only_today,
        "hidden_count": max(0, len(rows) - people_reports.SHOWN),
        "sorts": sort_links_of(
            request.GET, people_reports.SORTS, sort, highest_first=("labels", "lost")
        ),
    }
    return htmx.render(request, "reviews/batch_people.html", "reviews/_batch_people.html", context)


@require_safe
def batch_classes(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = get_batch(request.user, batch_id, archived=True)
    check_parameters(request.GET, AS)
    section = class_reports.classes_of_batch(batch)
    if wants_csv(request):
        return csv_response(_("classes"), class_reports.columns(), class_reports.lines(section))
    context = {
        **_place(batch, has_role(request.user, batch.project, Role.MANAGER)),
        "section": section,
    }
    return htmx.render(
        request, "reviews/batch_classes.html", "reviews/_batch_classes.html", context
    )


@require_safe
def batch_history(request: HttpRequest, batch_id: int) -> HttpResponse:
    """What was changed, and the newest lots."""
    batch = get_batch(request.user, batch_id, archived=True)
    context = {
        **_place(batch, has_role(request.user, batch.project, Role.MANAGER)),
        "lines": history([batch], show_names=True),
        "lots": reports.newest_lots(batch),
    }
    return htmx.render(
        request, "reviews/batch_history.html", "reviews/_batch_history.html", context
    )


@require_safe
def batch_what_if(request: HttpRequest, batch_id: int) -> HttpResponse:
    """When it would end with other people, reviewers or overlap; nothing is changed."""
    batch = get_batch(request.user, batch_id)
    check_parameters(request.GET, *WhatIfForm.base_fields)
    form = WhatIfForm(request.GET or None, overlap=batch.overlap)
    context = {**_place(batch, is_manager=False), "what_if_form": form}
    if form.is_valid():
        answer = forecast_reports.what_if(batch, form.change())
        context |= {"answer": answer.sentence, "answer_notes": answer.notes}
    status = 422 if form.is_bound and not form.is_valid() else 200
    return htmx.render(
        request,
        "reviews/batch_what_if.html",
        "reviews/_what_if.html",
        context,
        status=status,
    )


@require_safe
def batch_report(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Everything of a batch on paper."""
    batch = access.get_batch_with_figures(request.user, batch_id)
    is_manager = has_role(request.user, batch.project, Role.MANAGER)
    people = people_reports.people_of_batch(batch, show_names=is_manager)
    context = {
        **_place(batch, is_manager),
        "page": reports.batch_page(batch),
        "outlook": forecast_reports.outlook(batch),
        "currency": settings.CURRENCY,
        "teams": batch.teams.all(),
        "people": people[: people_reports.SHOWN],
        "section": class_reports.classes_of_batch(batch),
        "lots": reports.newest_lots(batch),
    }
    return render(request, "reviews/batch_report.html", context)


def _place(batch: Batch, is_manager: bool) -> dict[str, Any]:
    return {"project": batch.project, "batch": batch, "is_manager": is_manager}
