"""The models beside the people, and what each mixes up."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from labelops import htmx
from labelops.accounts.models import Role
from labelops.csv_tables import AS, csv_response, wants_csv
from labelops.lists import check_parameters
from reviews import access
from reviews.reports import model_cards, model_confusion
from reviews.reports import people_matrix as matrices
from reviews.views.person_record import confusion_table
from tasks.access import has_role, require_role


@require_safe
def people_models(request: HttpRequest) -> HttpResponse:
    """A part of the matrix of people, under its filters."""
    require_role(request.user)
    check_parameters(request.GET, *matrices.FILTERS)
    scope = matrices.scope_of(request.user)
    wanted = matrices.read_wanted(scope, request.GET)
    context = {"cards": model_cards.cards(scope, wanted), "most": model_cards.MODELS}
    return htmx.render(
        request, "reviews/people_models.html", "reviews/_people_models.html", context
    )


@require_safe
def model_confusion_part(request: HttpRequest, slug: str, model_id: int) -> HttpResponse:
    model = access.get_model_version(request.user, slug, model_id)
    check_parameters(request.GET, AS)
    found = model_confusion.confusion(model)
    if wants_csv(request):
        return csv_response(_("mix-ups"), *confusion_table(found))
    context = {
        "project": model.project,
        "model": model,
        "is_manager": has_role(request.user, model.project, Role.MANAGER),
        "confusion": found,
    }
    return htmx.render(
        request, "reviews/model_confusion.html", "reviews/_model_confusion.html", context
    )
