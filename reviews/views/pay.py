"""What work is worth, and what it came to."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from labelops import htmx
from labelops.accounts.models import Team
from labelops.lists import check_parameters
from reviews.forms.pay import PayRatesForm
from reviews.reports.pay_rates import rates_page
from tasks.access import MANAGERS, get_project
from tasks.models import Project
from tasks.views.outcomes import status_of


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
