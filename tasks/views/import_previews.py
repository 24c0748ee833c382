"""The page between a file that has arrived and its import."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from labelops.errors import DomainError
from labelops.jobs.services import wake
from tasks import access
from tasks.forms.previews import PreviewForm
from tasks.jobs import run_import
from tasks.models import Upload
from tasks.reports.import_previews import page_of
from tasks.services import uploads
from tasks.services.import_previews import FilePreview, preview_upload

CHECK, COLUMNS = "check", "columns"


@require_http_methods(["GET", "POST"])
def import_preview(request: HttpRequest, slug: str, public_id: uuid.UUID) -> HttpResponse:
    """What the file seems to hold; posting it begins the check or the import."""
    project = access.get_project(request.user, slug, access.MANAGERS)
    upload = access.get_upload(request.user, public_id, project)
    if upload.transfer:
        return redirect("transfer_detail", upload.transfer.job.public_id)
    if upload.state == Upload.State.RECEIVING:
        return _page(request, upload)
    try:
        found = preview_upload(upload, {})
    except DomainError as error:
        return _page(request, upload, refusal=error)
    return _answer(request, upload, found)


def _answer(request: HttpRequest, upload: Upload, found: FilePreview) -> HttpResponse:
    is_sent = request.method == "POST"
    form = PreviewForm(
        request.POST if is_sent else None, project=upload.project, by=request.user, found=found
    )
    action = request.POST.get("action", "")
    is_valid = form.is_valid()
    if is_valid and action != COLUMNS:
        transfer = form.save(upload, is_check=action == CHECK)
        if transfer:
            wake(run_import, transfer.job_id)
            return redirect("transfer_detail", transfer.job.public_id)
    if is_sent and form.columns():
        found = preview_upload(upload, form.columns())
    status = 422 if is_sent and action != COLUMNS else 200
    return _page(request, upload, form=form, found=page_of(found), status=status)


def _page(
    request: HttpRequest, upload: Upload, *, status: int = 200, **context: object
) -> HttpResponse:
    context |= {"project": upload.project, "upload": upload}
    return render(request, "tasks/import_preview.html", context, status=status)


@require_POST
def upload_discard(request: HttpRequest, slug: str, public_id: uuid.UUID) -> HttpResponse:
    project = access.get_project(request.user, slug, access.MANAGERS)
    uploads.discard_upload(access.get_upload(request.user, public_id, project), by=request.user)
    return redirect("import_create", slug)
