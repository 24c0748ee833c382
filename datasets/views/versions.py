"""Dataset versions: the list, a new one, its page, and what leaves of it."""

from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datasets import access
from datasets.analysis.manifest import canonical
from datasets.forms.versions import FreezeForm, VersionExportForm
from datasets.jobs import run_dataset_export, run_freezing
from datasets.models import DatasetVersion
from datasets.reports.differences import LOOKED_MOST, difference_page
from datasets.reports.versions import version_page
from datasets.services.differences import checked_kind
from datasets.services.freezing import cancel_freezing
from datasets.services.sealing import lines_of
from labelops import htmx
from labelops.jobs.services import wake
from labelops.lists import CURSOR, check_parameters, keyset_page
from tasks.access import MANAGERS, get_project
from tasks.reports.exports import format_rows
from tasks.reports.history import history
from tasks.views.outcomes import attempt, status_of

OTHERS_SHOWN = 200


@require_safe
def dataset_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug, MANAGERS)
    check_parameters(request.GET)
    cursor = request.GET.get(CURSOR, "")
    rows = access.versions_of(project)
    page = keyset_page(rows, cursor, newest_first=True, key="number")
    context = {"project": project, "page": page, "is_manager": True}
    return render(request, "datasets/dataset_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def dataset_create(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug, MANAGERS)
    data = request.POST if request.method == "POST" else None
    form = FreezeForm(data, project=project, by=request.user)
    if form.is_valid() and (version := form.save()):
        wake(run_freezing, version.job_id)
        return redirect("dataset_detail", version.pk)
    context = {"project": project, "form": form}
    return render(request, "datasets/dataset_create.html", context, status=status_of(form))


@require_safe
def dataset_detail(request: HttpRequest, version_id: int) -> HttpResponse:
    """The page; to htmx its body alone, which asks again until the version is frozen."""
    version = access.get_version(request.user, version_id)
    context = {
        "project": version.project,
        "version": version,
        "page": version_page(version),
        "history": history([version], show_names=True),
    }
    body = "datasets/_dataset_body.html"
    return htmx.render(request, "datasets/dataset_detail.html", body, context)


@require_POST
def dataset_cancel(request: HttpRequest, version_id: int) -> HttpResponse:
    version = access.get_version(request.user, version_id)
    attempt(request, cancel_freezing, version, by=request.user)
    return redirect("dataset_detail", version_id)


@require_safe
def dataset_diff(request: HttpRequest, version_id: int) -> HttpResponse:
    """Against the parent, or any other version of the project by its number."""
    after = access.get_frozen(request.user, version_id)
    check_parameters(request.GET, "to", "kind")
    others = access.frozen_others(after)[:OTHERS_SHOWN]
    context = {"project": after.project, "version": after, "others": others}
    before = access.get_other(after, request.GET.get("to", ""))
    if before is not None:
        kind = checked_kind(request.GET.get("kind", ""))
        found = difference_page(before, after, kind, request.GET.get(CURSOR, ""))
        filters = f"to={before.number}&kind={found.kind}"
        context |= {"before": before, "found": found, "page": found.page, "filters": filters}
        context["looked_most"] = LOOKED_MOST
    return render(request, "datasets/dataset_diff.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def dataset_export(request: HttpRequest, version_id: int) -> HttpResponse:
    version = access.get_frozen(request.user, version_id)
    data = request.POST if request.method == "POST" else None
    form = VersionExportForm(data, version=version, by=request.user)
    if form.is_valid() and (transfer := form.save()):
        wake(run_dataset_export, transfer.job_id)
        messages.success(request, _("The export has begun."))
        return redirect("transfer_detail", transfer.job.public_id)
    context = {
        "project": version.project,
        "version": version,
        "form": form,
        "formats": format_rows(version.project),
    }
    return render(request, "datasets/dataset_export.html", context, status=status_of(form))


@require_safe
def dataset_manifest(request: HttpRequest, version_id: int) -> StreamingHttpResponse:
    """The lines of which the version's sum is made: whoever doubts it hashes the file."""
    version = access.get_frozen(request.user, version_id)
    response = StreamingHttpResponse(_lines(version), content_type="application/x-ndjson")
    name = f"{version.project.slug}-v{version.number}.manifest.jsonl"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(version: DatasetVersion) -> Iterator[bytes]:
    for page in lines_of(version):
        yield b"".join(canonical(line) for line in page)
