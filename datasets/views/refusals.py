"""Refusals told among the pages of datasets, where their remedies are one click away."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from labelops.accounts.models import Role
from labelops.errors import DomainError
from tasks.access import get_project, has_role

View = Callable[[HttpRequest, str], HttpResponse]


def tells_refusals(view: View) -> View:
    """For pages of sets: an old address may name what was deleted, or has not been computed."""

    @wraps(view)
    def told(request: HttpRequest, slug: str) -> HttpResponse:
        try:
            return view(request, slug)
        except DomainError as error:
            project = get_project(request.user, slug)
            context = {
                "project": project,
                "error": error,
                "is_manager": has_role(request.user, project, Role.MANAGER),
            }
            return render(request, "datasets/set_refused.html", context, status=error.status)

    return told
