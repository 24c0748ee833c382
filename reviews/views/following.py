"""Do people follow a model's suggestions: parts of its page and of a batch, and the answers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from labelops import htmx
from labelops.accounts.models import Role
from labelops.csv_tables import AS, csv_response, wants_csv
from labelops.lists import CURSOR, check_parameters
from reviews import access
from reviews.reports import earned_classes, following, suggested_answers
from tasks.access import get_batch, has_role


@require_safe
def batch_suggestions(request: HttpRequest, batch_id: int) -> HttpResponse:
    """What people see of a model in a batch, and what they make of it."""
    batch = get_batch(request.user, batch_id, archived=True)
    check_parameters(request.GET, AS)
    found = following.of_batch(batch)
    if wants_csv(request):
        return csv_response(_("suggestions"), following.columns(), following.lines(found))
    context = {
        "project": batch.project,
        "batch": batch,
        "found": found,
        "earned": earned_classes.of_batch(batch),
    }
    return htmx.render(
        request, "reviews/batch_suggestions.html", "reviews/_batch_suggestions.html", context
    )


@require_safe
def model_following(request: HttpRequest, slug: str, model_id: int) -> HttpResponse:
    """Over all batches, and batch by batch."""
    model = access.get_model_version(request.user, slug, model_id)
    check_parameters(request.GET, AS)
    batches = following.batches_of(model)
    if wants_csv(request):
        return csv_response(_("suggestions"), following.columns(), following.lines(batches))
    context = {
        "project": model.project,
        "model": model,
        "following": following.of_model(model),
        "batches": batches,
        "is_manager": has_role(request.user, model.project, Role.MANAGER),
    }
    return htmx.render(
        request, "reviews/model_following.html", "reviews/_model_following.html", context
    )


@require_safe
def model_answers(request: HttpRequest, slug: str, model_id: int) -> HttpResponse:
    """The answers that go with its suggestions."""
    model = access.get_model_version(request.user, slug, model_id)
    check_parameters(request.GET, *suggested_answers.FILTERS)
    wanted = suggested_answers.read_wanted(model, request.GET, viewer=request.user)
    is_manager = has_role(request.user, model.project, Role.MANAGER)
    filters = request.GET.copy()
    cursor = filters.pop(CURSOR, [""])[0]
    context = {
        "project": model.project,
        "model": model,
        "is_manager": is_manager,
        "page": suggested_answers.answers_page(model, wanted, cursor, viewer=request.user),
        "sentences": suggested_answers.sentences(wanted, show_names=is_manager),
        "filters": filters.urlencode(),
    }
    return render(request, "reviews/model_answers.html", context)
