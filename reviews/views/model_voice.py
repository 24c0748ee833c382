"""The part of a model's page that says what its word counts in the consensus."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from labelops import htmx
from labelops.accounts.models import Role
from labelops.lists import check_parameters
from reviews import access
from reviews.reports.model_voice import voice_of
from tasks.access import has_role


@require_safe
def model_voice(request: HttpRequest, slug: str, model_id: int) -> HttpResponse:
    model = access.get_model_version(request.user, slug, model_id)
    check_parameters(request.GET)
    context = {
        "project": model.project,
        "model": model,
        "voice": voice_of(model),
        # Who may take what waits for a look.
        "is_reviewer": has_role(request.user, model.project, Role.EXPERT),
    }
    return htmx.render(request, "reviews/model_voice.html", "reviews/_model_voice.html", context)
