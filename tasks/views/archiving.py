"""Projects out of sight: archived ones, and those in the bin."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops.lists import CURSOR, check_parameters, keyset_page
from tasks import access
from tasks.forms.deletions import DeleteProjectForm
from tasks.reports import deletions as reports
from tasks.services import archiving
from tasks.views.outcomes import attempt, status_of


@require_safe
def project_archive_list(request: HttpRequest) -> HttpResponse:
    access.require_role(request.user)
    check_parameters(request.GET)
    rows = access.projects(request.user, archived=True).filter(archived_at__isnull=False)
    managed = access.projects(request.user, access.MANAGERS, archived=True)
    context = {
        "page": keyset_page(rows, request.GET.get(CURSOR, "")),
        "managed": set(managed.values_list("pk", flat=True)),
    }
    return render(request, "tasks/project_archive_list.html", context)


@require_POST
def project_archive(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug, access.MANAGERS)
    if attempt(request, archiving.archive, project, by=request.user):
        messages.success(request, _("The project is archived. You can restore it at any time."))
    return redirect("project_detail", slug)


@require_POST
def project_unarchive(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug, access.MANAGERS, archived=True)
    if attempt(request, archiving.unarchive, project, by=request.user):
        messages.success(request, _("The project is back: its work goes on where it was."))
    return redirect("project_detail", slug)


@require_http_methods(["GET", "HEAD", "POST"])
def project_delete(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug, access.MANAGERS, archived=True)
    form = DeleteProjectForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and form.save(project, by=request.user):
        messages.success(request, _("The project is in the bin."))
        return redirect("project_bin")
    context = {"project": project, "form": form, "figures": reports.project_figures(project)}
    return render(request, "tasks/project_delete.html", context, status=status_of(form))


@require_safe
def project_bin(request: HttpRequest) -> HttpResponse:
    access.require_role(request.user, access.MANAGERS)
    check_parameters(request.GET)
    rows = access.projects_in_bin(request.user).select_related("deleted_by")
    context = {"page": keyset_page(rows, request.GET.get(CURSOR, ""))}
    return render(request, "tasks/project_bin.html", context)


@require_POST
def project_restore(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project_in_bin(request.user, slug)
    if not attempt(request, archiving.undelete, project, by=request.user):
        return redirect("project_bin")
    messages.success(request, _("The project is back, as it was."))
    return redirect("project_detail", slug)
