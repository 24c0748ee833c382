"""Imports and exports under way and done: list, progress, problems, cancelling."""

import uuid

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from labelops.csv_tables import csv_response
from labelops.htmx import render as render_part
from labelops.jobs.services import wake
from labelops.lists import check_parameters
from tasks import access
from tasks.jobs import run_undo
from tasks.services import import_undo, rejections, transfers
from tasks.services.transfer_report import report

PAGE_SIZE = 25
ERROR_COLUMNS = ("row", "entry", "field", "code", "message", "value", "hint", "file")


@require_safe
def transfer_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug, access.MANAGERS, archived=True)
    found = access.transfers(request.user).filter(project=project).order_by("-pk")
    check_parameters(request.GET, "before")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    page = list(found.select_related("job__created_by")[: PAGE_SIZE + 1])
    context = {
        "project": project,
        "transfers": page[:PAGE_SIZE],
        "next_before": page[PAGE_SIZE - 1].pk if len(page) > PAGE_SIZE else None,
    }
    return render(request, "tasks/transfer_list.html", context)


@require_safe
def transfer_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The page; to htmx the progress alone, which asks again until the work has ended."""
    transfer = access.get_transfer(request.user, public_id)
    context = {"transfer": transfer, "project": transfer.project, "report": report(transfer)}
    return render_part(
        request, "tasks/transfer_detail.html", "tasks/_transfer_progress.html", context
    )


@require_POST
def transfer_cancel(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    transfer = access.get_transfer(request.user, public_id)
    transfers.cancel_transfer(transfer, by=request.user)
    return redirect("transfer_detail", public_id)


@require_POST
def transfer_undo(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    transfer = access.get_transfer(request.user, public_id)
    undo = import_undo.start_undo(transfer, by=request.user)
    wake(run_undo, undo.job_id)
    return redirect("transfer_detail", undo.job.public_id)


@require_safe
def transfer_errors(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The kept problems as CSV, safe to open in a spreadsheet."""
    transfer = access.get_transfer(request.user, public_id)
    rows = ([error.get(name) for name in ERROR_COLUMNS] for error in transfer.job.errors)
    return csv_response(f"errors-{public_id}", ERROR_COLUMNS, rows)


@require_safe
def transfer_rejected(request: HttpRequest, public_id: uuid.UUID) -> FileResponse:
    """The rows that were left out and all reasons, as a ZIP."""
    found = rejections.open_rejected(access.get_transfer(request.user, public_id))
    if found is None:
        raise Http404
    stream, name = found
    return FileResponse(stream, as_attachment=True, filename=name, content_type="application/zip")
