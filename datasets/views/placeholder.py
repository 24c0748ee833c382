from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tasks.access import get_project


@require_safe
def placeholder(request: HttpRequest, slug: str, **_names: int) -> HttpResponse:
    project = get_project(request.user, slug)
    return render(request, "datasets/placeholder.html", {"project": project})
