"""What a model has proved, class by class: a part of its page, the checks, and a manager's no."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops import htmx
from labelops.accounts.models import Role
from labelops.csv_tables import AS, csv_response, wants_csv
from labelops.lists import CURSOR, check_parameters
from reviews import access
from reviews.forms.model_ladder import LowerForm
from reviews.reports import checked_predictions as check_reports
from reviews.reports import model_ladder as reports
from reviews.reports.dashboard_filters import read_class
from reviews.services import model_checks as services
from tasks.access import MANAGERS, has_role
from tasks.views.outcomes import status_of

LABEL = "label"


@require_safe
def model_ladder_part(request: HttpRequest, slug: str, model_id: int) -> HttpResponse:
    model = access.get_model_version(request.user, slug, model_id)
    check_parameters(request.GET, AS)
    if wants_csv(request):
        return csv_response(_("ladder"), reports.columns(), reports.lines(model))
    is_manager = has_role(request.user, model.project, Role.MANAGER)
    context = {
        "project": model.project,
        "model": model,
        "is_manager": is_manager,
        "ladder": reports.ladder_of(model, show_names=is_manager),
    }
    return htmx.render(request, "reviews/model_ladder.html", "reviews/_model_ladder.html", context)


@require_safe
def model_checks(request: HttpRequest, slug: str, model_id: int) -> HttpResponse:
    """The predictions that were held against what turned out to be right."""
    model = access.get_model_version(request.user, slug, model_id)
    check_parameters(request.GET, *check_reports.FILTERS)
    wanted = check_reports.read_wanted(model, request.GET)
    titles = reports.titles_of(model)
    filters = request.GET.copy()
    cursor = filters.pop(CURSOR, [""])[0]
    context = {
        "project": model.project,
        "model": model,
        "is_manager": has_role(request.user, model.project, Role.MANAGER),
        "page": check_reports.checks_page(model, wanted, cursor),
        "sentences": check_reports.sentences(wanted, titles),
        "titles": titles,
        "filters": filters.urlencode(),
    }
    return render(request, "reviews/model_checks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def model_lower(request: HttpRequest, slug: str, model_id: int) -> HttpResponse:
    model = access.get_model_version(request.user, slug, model_id, MANAGERS)
    check_parameters(request.GET, LABEL)
    grants = model.grants.filter(level__gt=0).select_related("model_version")
    grant = get_object_or_404(grants, label=read_class(request.GET.get(LABEL, ""), LABEL))
    form = LowerForm(request.POST if request.method == "POST" else None, grant=grant)
    if form.is_valid() and form.save(by=request.user):
        messages.success(request, _("The level is lowered. New checks may prove it again."))
        return redirect("model_detail", slug, model_id)
    context = {
        "project": model.project,
        "model": model,
        "is_manager": True,
        "grant": grant,
        "title": reports.title_of(grant.label, reports.titles_of(model)),
        "form": form,
    }
    return render(request, "reviews/model_lower.html", context, status=status_of(form))


@require_POST
def model_ask(request: HttpRequest, slug: str, model_id: int) -> HttpResponse:
    """Have experts rule on what the next look of a class waits for."""
    model = access.get_model_version(request.user, slug, model_id, MANAGERS)
    label = read_class(request.POST.get(LABEL, ""), LABEL)
    count = services.ask_experts(model, label, by=request.user)
    words = ngettext(
        "%(count)d item is on the review desk.", "%(count)d items are on the review desk.", count
    )
    messages.success(
        request, words % {"count": count} if count else _("All of it is on its way already.")
    )
    return redirect("model_detail", slug, model_id)
