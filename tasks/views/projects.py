"""Projects: the list, one project, making and changing one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from labelops.accounts.models import Role
from labelops.lists import CURSOR, check_parameters, keyset_page
from tasks import access
from tasks.forms.projects import ProjectCopyForm, ProjectForm
from tasks.forms.schemas import ControlFormSet, blank_formset, with_another
from tasks.reports import projects as reports
from tasks.services.projects import grantable_teams
from tasks.views.outcomes import status_of

NO_SCHEMA = {"controls": []}


@require_safe
def project_list(request: HttpRequest) -> HttpResponse:
    access.require_role(request.user)
    check_parameters(request.GET)
    rows = reports.overview(access.projects(request.user))
    context = {
        "page": keyset_page(rows, request.GET.get(CURSOR, "")),
        "may_create": grantable_teams(request.user).exists(),
    }
    return render(request, "tasks/project_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def project_create(request: HttpRequest) -> HttpResponse:
    access.require_role(request.user, access.MANAGERS)
    if request.method != "POST":
        return _create_page(request, ProjectForm(by=request.user), blank_formset())
    form = ProjectForm(request.POST, by=request.user)
    item_type = request.POST.get("item_type", "")
    formset = ControlFormSet(request.POST, base=NO_SCHEMA, item_type=item_type)
    if "add_control" in request.POST:
        typed = {name: form[name].value() for name in form.fields}
        unchecked = ProjectForm(initial=typed, by=request.user)
        return _create_page(request, unchecked, with_another(formset, NO_SCHEMA))
    is_valid = formset.is_valid()
    if form.is_valid() and is_valid and (project := form.save_new(formset.label_schema)):
        messages.success(request, _("The project is made. Next: write its instructions."))
        return redirect("project_detail", project.slug)
    return _create_page(request, form, formset)


def _create_page(request: HttpRequest, form: ProjectForm, formset: ControlFormSet) -> HttpResponse:
    context = {"form": form, "formset": formset}
    status = status_of(form, formset)
    return render(request, "tasks/project_create.html", context, status=status)


@require_safe
def project_detail(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug, archived=True)
    context = {
        "project": project,
        "report": reports.project_page(project),
        "is_manager": access.has_role(request.user, project, Role.MANAGER),
    }
    return render(request, "tasks/project_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def project_edit(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug, access.MANAGERS)
    data = request.POST if request.method == "POST" else None
    form = ProjectForm(data, instance=project, by=request.user)
    if form.is_valid() and form.save_changes():
        messages.success(request, _("The project is changed."))
        return redirect("project_detail", slug)
    context = {"project": project, "form": form}
    return render(request, "tasks/project_edit.html", context, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
def project_copy(request: HttpRequest, slug: str) -> HttpResponse:
    """A new project with the setup of this one."""
    source = access.get_project(request.user, slug, access.MANAGERS)
    form = ProjectCopyForm(request.POST or None)
    if form.is_valid() and (project := form.save_copy(source, by=request.user)):
        messages.success(request, _("The project is copied: items and examples stayed behind."))
        return redirect("project_detail", project.slug)
    context = {"project": source, "form": form}
    return render(request, "tasks/project_copy.html", context, status=status_of(form))
