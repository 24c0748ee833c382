"""The expert's home: everything that waits for an expert, in one list."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labelops.lists import check_parameters
from reviews.reports.expert_home import expert_page
from tasks.access import EXPERTS, require_role


@require_safe
def expert_home(request: HttpRequest) -> HttpResponse:
    require_role(request.user, EXPERTS)
    check_parameters(request.GET)
    return render(request, "reviews/expert_home.html", {"page": expert_page(request.user)})
