"""Items: deleting them with a look at what that touches, and the bin of a project."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labelops import htmx
from labelops.errors import DomainError
from labelops.jobs.services import wake
from labelops.lists import CURSOR, check_parameters, keyset_page
from tasks import access
from tasks.forms.deletions import DeleteItemsForm, PickedItemsForm
from tasks.jobs import run_deleting, run_restoring
from tasks.reports import deletions as reports
from tasks.services import deletions
from tasks.views.outcomes import attempt


@require_POST
def item_delete(request: HttpRequest, slug: str) -> HttpResponse:
    """First what the deletion would touch, and then, with a reason, the deletion."""
    project = access.get_project(request.user, slug, access.MANAGERS)
    picked = PickedItemsForm(request.POST, project=project)
    if not picked.is_valid():
        field = next(iter(picked.errors))
        raise DomainError(_("These items cannot be read."), field=field, code="unknown_value")
    selection = picked.selection()
    is_confirmed = "reason" in request.POST
    form = DeleteItemsForm(request.POST if is_confirmed else None)
    if form.is_valid() and (deletion := form.save(project, selection, by=request.user)):
        if deletion.job_id:
            wake(run_deleting, deletion.job_id)
        return redirect("deletion_detail", deletion.public_id)
    touched = reports.touched_by(project, selection)
    if not touched.items:
        messages.error(request, _("Choose at least one item."))
        return redirect("item_list", slug)
    context = {"project": project, "selection": selection, "form": form, "touched": touched}
    status = 422 if is_confirmed else 200
    return render(request, "tasks/item_delete.html", context, status=status)


@require_safe
def item_bin(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug, access.MANAGERS)
    check_parameters(request.GET)
    rows = reports.deletions(project)
    context = {
        "project": project,
        "page": keyset_page(rows, request.GET.get(CURSOR, ""), newest_first=True),
        "is_manager": True,
    }
    return render(request, "tasks/item_bin.html", context)


@require_safe
def deletion_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The page; to htmx the progress alone, which asks again until the job has ended."""
    deletion = access.get_deletion(request.user, public_id)
    rows = reports.items_in(deletion)
    context = {
        "project": deletion.project,
        "deletion": deletion,
        "page": keyset_page(rows, request.GET.get(CURSOR, "")),
        "is_working": deletion.job is not None and not deletion.job.is_finished,
    }
    return htmx.render(
        request, "tasks/deletion_detail.html", "tasks/_deletion_progress.html", context
    )


@require_POST
def deletion_restore(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    deletion = access.get_deletion(request.user, public_id)
    restored = attempt(request, deletions.restore, deletion, by=request.user)
    if restored and restored.job_id and restored.job.kind == deletions.RESTORE:
        wake(run_restoring, restored.job_id)
    elif restored:
        messages.success(request, _("The items are back, as they were."))
    return redirect("deletion_detail", public_id)
