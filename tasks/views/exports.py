"""The page that begins an export, and its file."""

import uuid

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from labelops.jobs.services import wake
from tasks import access
from tasks.forms.transfers import ExportForm
from tasks.jobs import run_export
from tasks.reports.exports import format_rows
from tasks.services.exports import open_export


@require_http_methods(["GET", "POST"])
def export_create(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug, access.MANAGERS, archived=True)
    is_sent = request.method == "POST"
    form = ExportForm(request.POST if is_sent else None, project=project, by=request.user)
    transfer = form.save() if form.is_valid() else None
    if transfer:
        wake(run_export, transfer.job_id)
        return redirect("transfer_detail", transfer.job.public_id)
    status = 422 if is_sent else 200
    context = {"project": project, "form": form, "formats": format_rows(project)}
    return render(request, "tasks/export_create.html", context, status=status)


@require_safe
def export_download(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The file, or with `?manifest=1` what it holds."""
    transfer = access.get_transfer(request.user, public_id)
    if transfer.manifest is None:
        raise Http404
    if request.GET.get("manifest"):
        response = JsonResponse(transfer.manifest, json_dumps_params={"indent": 2})
        name = f'attachment; filename="{transfer.job.public_id}.manifest.json"'
        response.headers["Content-Disposition"] = name
        return response
    stream, media_type = open_export(transfer)
    return FileResponse(
        stream, as_attachment=True, filename=transfer.file_name, content_type=media_type
    )
