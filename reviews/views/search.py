"""Finding an item, batch, file or person, wherever it is."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from labelops.errors import DomainError
from labelops.lists import check_parameters
from reviews import access
from reviews.reports.search import search
from tasks.access import MANAGERS, projects


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    check_parameters(request.GET, "q")
    own = access.board_projects(request.user)
    words = request.GET.get("q", "").strip()
    if "\x00" in words:
        raise DomainError(_("The text holds a null character."), field="q")
    managed = set(projects(request.user, MANAGERS).values_list("pk", flat=True))
    context = {"words": words, "found": search(words, request.user, own, managed)}
    return render(request, "reviews/search.html", context)
