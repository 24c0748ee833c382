"""The page that sends a file into a project."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from labelops.errors import DomainError, ExternalFailure
from labelops.jobs.services import wake
from labelops.lists import check_parameters
from labelops.media.uploads import check_upload_size
from tasks import access
from tasks.forms.transfers import ImportForm, UploadForm
from tasks.jobs import run_import
from tasks.models import Project, Upload
from tasks.services import bucket_files, server_files

PAGE_OF_BUCKET = "tasks/import_bucket.html"


# The token stands in the body: checked as usual, but only once the person may send a file at all
# and its size is known, so that nobody else makes the server read gigabytes.
@csrf_exempt
@require_http_methods(["GET", "POST"])
def import_create(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug, access.MANAGERS)
    check_upload_size(request)
    return _import_create(request, project)


@csrf_protect
def _import_create(request: HttpRequest, project: Project) -> HttpResponse:
    """Two forms: a file that is sent here, and one that lies elsewhere."""
    is_sent = request.method == "POST"
    # The form of a file that lies elsewhere brings choices with it.
    is_elsewhere = is_sent and "mode" in request.POST and not _is_only_file(request)
    owner = {"project": project, "by": request.user}
    upload_form = UploadForm(
        request.POST if is_sent and not is_elsewhere else None,
        request.FILES if is_sent and not is_elsewhere else None,
        **owner,
    )
    form = ImportForm(
        request.POST if is_elsewhere else None,
        request.FILES if is_elsewhere else None,
        initial={name: request.GET.get(name, "") for name in ("server_file", "bucket_file")},
        **owner,
    )
    if upload_form.is_valid() and (upload := upload_form.save()):
        return redirect("import_preview", project.slug, upload.public_id)
    if form.is_valid() and (transfer := form.save()):
        wake(run_import, transfer.job_id)
        return redirect("transfer_detail", transfer.job.public_id)
    context = {
        "project": project,
        "form": form,
        "upload_form": upload_form,
        "waiting": access.uploads(request.user)
        .filter(project=project)
        .exclude(state=Upload.State.USED),
        # Scripts put the id of the upload in.
        "upload_address": reverse("api_upload", args=[UUID(int=0)]),
    }
    return render(request, "tasks/import_create.html", context, status=422 if is_sent else 200)


def _is_only_file(request: HttpRequest) -> bool:
    names = ("link", "server_file", "bucket_file")
    return "file" in request.FILES and not any(request.POST.get(name) for name in names)


@require_safe
def import_folder(request: HttpRequest, slug: str) -> HttpResponse:
    """The files on the server from which one may be chosen, a page of a folder at a time."""
    project = access.get_project(request.user, slug, access.MANAGERS)
    check_parameters(request.GET, "path", "after")
    path = request.GET.get("path", "")
    listing = server_files.list_files(project, path, after=request.GET.get("after", ""))
    if listing is None and path:
        raise Http404
    context = {
        "project": project,
        "listing": listing,
        "is_offered": settings.IMPORT_DIR is not None,
        "folder_name": server_files.folder_name(project),
        "takes_folders": project.item_type == Project.ItemType.IMAGE,
    }
    return render(request, "tasks/import_folder.html", context)


@require_safe
def import_bucket(request: HttpRequest, slug: str) -> HttpResponse:
    """The files in the bucket from which one may be chosen, a page of a folder at a time."""
    project = access.get_project(request.user, slug, access.MANAGERS)
    check_parameters(request.GET, "path", "after")
    context = {"project": project, "folder_name": server_files.folder_name(project)}
    path, after = request.GET.get("path", ""), request.GET.get("after", "")
    try:
        context["listing"] = bucket_files.list_files(project, path, after=after)
    except ExternalFailure as failure:
        return render(request, PAGE_OF_BUCKET, context | {"failure": failure}, status=503)
    except DomainError as refused:
        if path or after:
            raise Http404 from refused
        context["failure"] = refused
    return render(request, PAGE_OF_BUCKET, context)
