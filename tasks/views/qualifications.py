"""Who may label in a project, and at which level."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from labelops.lists import CURSOR, check_parameters, keyset_page
from tasks import access
from tasks.forms.qualifications import LevelForm
from tasks.services import qualifications
from tasks.views.outcomes import status_of


@require_safe
def qualification_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug, access.MANAGERS)
    check_parameters(request.GET)
    people = qualifications.people_of(project)
    page = keyset_page(people, request.GET.get(CURSOR, ""))
    context = {"project": project, "page": page, "is_manager": True}
    return render(request, "tasks/qualification_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def qualification_edit(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    project = access.get_project(request.user, slug, access.MANAGERS)
    person = get_object_or_404(qualifications.people_of(project), pk=person_id)
    data = request.POST if request.method == "POST" else None
    form = LevelForm(data, initial={"level": person.level or 0})
    if form.is_valid():
        qualifications.set_level(project, person, by=request.user, **form.cleaned_data)
        messages.success(request, _("The level of %(person)s is set.") % {"person": person})
        return redirect("qualification_list", slug)
    context = {"project": project, "person": person, "form": form}
    return render(request, "tasks/qualification_edit.html", context, status=status_of(form))
