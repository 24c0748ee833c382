"""The models of a project, one version's page, and the stop that takes everything from it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops.accounts.models import Role
from labelops.lists import CURSOR, check_parameters, keyset_page
from reviews import access
from reviews.forms.model_desk import StopForm
from reviews.reports import model_desk as reports
from tasks.access import MANAGERS, get_project, has_role
from tasks.services import model_grants
from tasks.views.outcomes import status_of


@require_safe
def model_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    check_parameters(request.GET, CURSOR)
    page = keyset_page(
        reports.versions(project), request.GET.get(CURSOR, ""), newest_first=True, size=25
    )
    context = {
        "project": project,
        "page": page,
        "is_manager": has_role(request.user, project, Role.MANAGER),
    }
    return render(request, "reviews/model_list.html", context)


@require_safe
def model_detail(request: HttpRequest, slug: str, model_id: int) -> HttpResponse:
    found = access.get_model_version(request.user, slug, model_id)
    context = {
        "project": found.project,
        "model": found,
        "is_manager": has_role(request.user, found.project, Role.MANAGER),
    }
    return render(request, "reviews/model_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def model_stop(request: HttpRequest, slug: str, model_id: int) -> HttpResponse:
    found = access.get_model_version(request.user, slug, model_id, MANAGERS)
    form = StopForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and form.save(found, by=request.user):
        messages.success(request, _("Stopped. It suggests and answers nothing any more."))
        return redirect("model_detail", slug, model_id)
    context = {"project": found.project, "model": found, "form": form, "is_manager": True}
    return render(request, "reviews/model_stop.html", context, status=status_of(form))


@require_POST
def model_resume(request: HttpRequest, slug: str, model_id: int) -> HttpResponse:
    found = access.get_model_version(request.user, slug, model_id, MANAGERS)
    model_grants.resume(found, by=request.user, reason="")
    messages.success(request, _("It begins again in the shadow, without any of its levels."))
    return redirect("model_detail", slug, model_id)
