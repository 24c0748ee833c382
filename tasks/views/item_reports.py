"""Reported items: the list of a project, and closing one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labelops.accounts.models import Role
from labelops.lists import CURSOR, check_parameters
from tasks import access
from tasks.reports.item_reports import report_page
from tasks.services import item_reports
from tasks.views.outcomes import attempt


@require_safe
def item_report_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug)
    check_parameters(request.GET, "show")
    show_all = request.GET.get("show") == "all"
    is_manager = access.has_role(request.user, project, Role.MANAGER)
    cursor = request.GET.get(CURSOR, "")
    context = {
        "project": project,
        "page": report_page(project, cursor, show_all=show_all, is_manager=is_manager),
        "show_all": show_all,
        "filters": "show=all" if show_all else "",
        "note_length": item_reports.NOTE_LENGTH,
        "is_manager": is_manager,
    }
    return render(request, "tasks/item_report_list.html", context)


@require_POST
def item_report_resolve(request: HttpRequest, report_id: int) -> HttpResponse:
    report = access.get_item_report(request.user, report_id)
    note = request.POST.get("note", "")
    if attempt(request, item_reports.resolve_report, report, note=note, by=request.user):
        messages.success(request, _("The report is resolved."))
    return redirect("item_report_list", report.project.slug)
