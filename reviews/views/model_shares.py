"""How a batch's work is shared between model, annotators and experts, and the tasks behind it."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labelops import htmx
from labelops.accounts.models import Role
from labelops.lists import CURSOR, check_parameters, keyset_page
from reviews.forms.model_bar import ModelBarForm
from reviews.models import TaskRoute
from reviews.reports import model_shares as reports
from reviews.reports.dashboard_filters import unknown
from reviews.reports.route_words import TITLES, sentences
from tasks.access import MANAGERS, get_batch, get_item, has_role
from tasks.models import Task

UNDECIDED = (Task.State.PENDING, Task.State.LABELING)


@require_safe
def batch_models(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The section of the page of a batch; with another accuracy, what that would change."""
    batch = get_batch(request.user, batch_id, archived=True)
    check_parameters(request.GET, *ModelBarForm.base_fields)
    form = ModelBarForm(request.GET)
    bar = form.cleaned_data["bar"] if form.is_valid() else None
    context = {
        "project": batch.project,
        "batch": batch,
        "form": form,
        "section": reports.model_shares(batch, bar),
        "currency": settings.CURRENCY,
        "is_manager": has_role(request.user, batch.project, Role.MANAGER),
    }
    return htmx.render(
        request,
        "reviews/batch_models.html",
        "reviews/_batch_models.html",
        context,
        status=200 if form.is_valid() else 422,
    )


@require_POST
def batch_model_bar(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = get_batch(request.user, batch_id, MANAGERS)
    form = ModelBarForm(request.POST)
    changed = form.save(batch, by=request.user) if form.is_valid() else None
    if changed is None:
        messages.error(
            request, " ".join(words for found in form.errors.values() for words in found)
        )
    elif changed.model_bar_percent is None:
        messages.success(request, _("People answer everything from now on."))
    else:
        said = _("The model answers alone where it is proved to be right in %(bar)d %% of cases.")
        messages.success(request, said % {"bar": changed.model_bar_percent})
    return redirect("batch_detail", batch_id)


@require_safe
def batch_routes(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Managers only: whoever still labels must not read which task checks the model."""
    batch = get_batch(request.user, batch_id, MANAGERS, archived=True)
    check_parameters(request.GET, "share", "reason", CURSOR)
    share, reason = request.GET.get("share", ""), request.GET.get("reason", "")
    if share and share not in reports.SHARES:
        raise unknown("share")
    if reason and reason not in TITLES:
        raise unknown("reason")
    rows = reports.routes(batch, share=share, reason=reason)
    page = keyset_page(rows, request.GET.get(CURSOR, ""), key="task_id")
    filters = request.GET.copy()
    filters.pop(CURSOR, None)
    context = {
        "project": batch.project,
        "batch": batch,
        "page": page,
        "lines": [(route, sentences(route.reasons)) for route in page.rows],
        "share_title": reports.SHARES[share][0] if share else "",
        "reason_title": TITLES[reason] if reason else "",
        "filters": filters.urlencode(),
    }
    return render(request, "reviews/batch_routes.html", context)


@require_safe
def item_routes(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Who got the item in each batch with a model, and why.

    Before the labels are in, only managers read it: an expert may still be asked.
    """
    item = get_item(request.user, public_id, archived=True)
    check_parameters(request.GET)
    rows = TaskRoute.objects.filter(task__item=item).select_related("batch", "model_version")
    if not has_role(request.user, item.project, Role.MANAGER):
        rows = rows.exclude(task__state__in=UNDECIDED)
    lines = [(route, sentences(route.reasons)) for route in rows.order_by("pk")[:20]]
    context = {"project": item.project, "item": item, "lines": lines}
    return htmx.render(request, "reviews/item_routes.html", "reviews/_item_routes.html", context)
