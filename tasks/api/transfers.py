"""Imports and exports over HTTP: begin one, follow its job, take its result."""

import uuid
from typing import Any

from django.http import FileResponse, Http404
from django.urls import path, reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labelops.api_parsers import StrictJSONParser
from labelops.fetching import LONGEST
from labelops.jobs.services import wake
from labelops.media.uploads import check_upload_size
from labelops.stores.keys import LONGEST_KEY
from tasks import access
from tasks.formats import WRITERS
from tasks.formats.table_items import ROLES
from tasks.jobs import run_export, run_import, run_undo
from tasks.models import Transfer
from tasks.models.batches import OVERLAP_MAX
from tasks.services import exports, import_undo, imports, rejections, transfers
from tasks.services.export_choices import ExportChoice, Labels, Media, Purpose, Split
from tasks.services.export_targets import Target
from tasks.services.import_checks import Mode
from tasks.services.import_labels import LabelUse
from tasks.services.transfer_report import ERRORS_SHOWN, unit


class StrictSerializer(serializers.Serializer):
    """Refuses parameters that it does not know, instead of ignoring a misspelt one."""

    def to_internal_value(self, given: Any) -> Any:
        for name in given:
            if name not in self.fields:
                raise serializers.ValidationError({name: "This field is not known."})
        return super().to_internal_value(given)


class ColumnField(serializers.CharField):
    """Which column of a table plays a role, where its name does not say so."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(required=False, allow_blank=True, max_length=200, **keywords)


# The roles of columns (table_items.ROLES) by the fields that name them.
COLUMNS = {f"{role.removeprefix('external_')}_column": role for role in ROLES}


class ImportRequest(StrictSerializer):
    file = serializers.FileField(required=False, allow_empty_file=True, max_length=None)
    link = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST)
    upload = serializers.UUIDField(required=False, help_text="A file that was sent in pieces")
    server_file = serializers.CharField(required=False, allow_blank=True, max_length=1_024)
    bucket_file = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_KEY)
    batch = serializers.CharField(required=False, allow_blank=True, max_length=120)
    overlap = serializers.IntegerField(default=2, min_value=1, max_value=OVERLAP_MAX)
    mode = serializers.ChoiceField(
        Mode.choices, default=Mode.GOOD_ROWS, help_text="What becomes of rows beside bad ones"
    )
    labels = serializers.ChoiceField(
        LabelUse.choices, default=LabelUse.SKIP, help_text="What becomes of labels in the file"
    )
    annotator = serializers.CharField(
        default="", allow_blank=True, help_text="For people that the file does not name"
    )
    model = serializers.CharField(default="", allow_blank=True, max_length=100)
    model_version = serializers.CharField(default="", allow_blank=True, max_length=100)
    id_column = ColumnField(help_text="The column of a table with the ids of the items")
    text_column = ColumnField(help_text="The column with the texts")
    label_column = ColumnField(help_text="The column with classes")
    annotator_column = ColumnField(help_text="The column that says who chose them")


class ExportRequest(StrictSerializer):
    format = serializers.ChoiceField(list(WRITERS))
    labels = serializers.ChoiceField(
        Labels.choices,
        default=Labels.STORED,
        help_text="Annotations come with the codes of their authors, or the names of models",
    )
    batch = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    split = serializers.ChoiceField(
        Split.choices, required=False, help_text="What the item's data name as its split"
    )
    label = serializers.CharField(
        required=False, max_length=200, help_text="The class of the stored label"
    )
    settled_from = serializers.DateField(
        required=False, help_text="The first day on which it was stored, in your time zone"
    )
    settled_to = serializers.DateField(required=False, help_text="The last day")
    media = serializers.ChoiceField(
        Media.choices,
        default=Media.REFERENCE,
        help_text="Whether the file is a ZIP that holds the original images, too",
    )
    purpose = serializers.ChoiceField(
        Purpose.choices,
        required=False,
        help_text="Training: items that models are tested on, and copies of them, are left out",
    )
    to = serializers.ChoiceField(
        Target.choices, default=Target.DOWNLOAD, help_text="Where the file goes besides a download"
    )


class JobAnswer(serializers.Serializer):
    job = serializers.UUIDField()
    kind = serializers.CharField()
    state = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    unit = serializers.CharField()
    message = serializers.CharField()
    error_count = serializers.IntegerField()
    errors = serializers.ListField(child=serializers.JSONField())
    result = serializers.JSONField()
    page = serializers.CharField()
    download = serializers.CharField(allow_null=True)
    manifest = serializers.JSONField(allow_null=True)
    rejected = serializers.CharField(allow_null=True)


class ImportsView(APIView):
    parser_classes = (MultiPartParser, StrictJSONParser)

    def initial(self, request: Request, *arguments: Any, **keywords: Any) -> None:
        # Before the session is checked: that reads the body for the token.
        check_upload_size(request._request)
        super().initial(request, *arguments, **keywords)

    @extend_schema(
        request={"multipart/form-data": ImportRequest, "application/json": ImportRequest},
        responses={202: JobAnswer},
    )
    def post(self, request: Request, slug: str) -> Response:
        project = access.get_project(request.user, slug, access.MANAGERS)
        serializer = ImportRequest(data=request.data)
        serializer.is_valid(raise_exception=True)
        asked = dict(serializer.validated_data)
        if "upload" in asked:
            asked["upload"] = access.get_upload(request.user, asked["upload"])
        chosen = {role: asked.pop(field, "") for field, role in COLUMNS.items()}
        columns = {role: name for role, name in chosen.items() if name}
        transfer = imports.start_from_source(project, by=request.user, columns=columns, **asked)
        wake(run_import, transfer.job_id)
        return _accepted(transfer)


@extend_schema(request=ExportRequest, responses={202: JobAnswer})
@api_view(["POST"])
def export_view(request: Request, slug: str) -> Response:
    project = access.get_project(request.user, slug, access.MANAGERS)
    serializer = ExportRequest(data=request.data)
    serializer.is_valid(raise_exception=True)
    asked = dict(serializer.validated_data)
    format_name, batch, to = asked.pop("format"), asked.pop("batch", None), asked.pop("to")
    transfer = exports.start_export(
        project,
        format_name=format_name,
        by=request.user,
        batch=_batch(request, project.pk, batch) if batch else None,
        to=to,
        choice=ExportChoice(**asked),
    )
    wake(run_export, transfer.job_id)
    return _accepted(transfer)


def _batch(request: Request, project_id: int, batch_id: int) -> Any:
    batch = access.get_batch(request.user, batch_id, access.MANAGERS)
    if batch.project_id != project_id:
        raise Http404
    return batch


@extend_schema(responses={200: JobAnswer})
@api_view(["GET"])
def job_view(request: Request, public_id: uuid.UUID) -> Response:
    return Response(describe(access.get_transfer(request.user, public_id)))


@extend_schema(request=None, responses={200: JobAnswer})
@api_view(["POST"])
def job_cancel_view(request: Request, public_id: uuid.UUID) -> Response:
    transfer = access.get_transfer(request.user, public_id)
    transfer.job = transfers.cancel_transfer(transfer, by=request.user)
    return Response(describe(transfer))


@extend_schema(
    request=None,
    responses={202: JobAnswer},
    description="Takes the items of an import out again, as long as no work on them has begun.",
)
@api_view(["POST"])
def job_undo_view(request: Request, public_id: uuid.UUID) -> Response:
    transfer = access.get_transfer(request.user, public_id)
    undo = import_undo.start_undo(transfer, by=request.user)
    wake(run_undo, undo.job_id)
    return _accepted(undo)


@extend_schema(
    responses={200: OpenApiResponse(OpenApiTypes.BINARY, description="The exported file.")}
)
@api_view(["GET"])
def job_download_view(request: Request, public_id: uuid.UUID) -> FileResponse:
    transfer = access.get_transfer(request.user, public_id)
    if transfer.manifest is None:
        raise Http404
    stream, media_type = exports.open_export(transfer)
    return FileResponse(
        stream, as_attachment=True, filename=transfer.file_name, content_type=media_type
    )


@extend_schema(
    responses={
        200: OpenApiResponse(
            OpenApiTypes.BINARY, description="A ZIP: the rows that were left out, and why."
        )
    }
)
@api_view(["GET"])
def job_rejected_view(request: Request, public_id: uuid.UUID) -> FileResponse:
    found = rejections.open_rejected(access.get_transfer(request.user, public_id))
    if found is None:
        raise Http404
    stream, name = found
    return FileResponse(stream, as_attachment=True, filename=name, content_type="application/zip")


def _accepted(transfer: Transfer) -> Response:
    return Response(describe(transfer), status=status.HTTP_202_ACCEPTED)


def describe(transfer: Transfer) -> dict[str, Any]:
    """State, progress, first errors and the way to the result."""
    job = transfer.job
    has_file = transfer.manifest is not None
    return {
        "job": job.public_id,
        "kind": job.kind,
        "state": job.state,
        "done": job.done_count,
        "total": job.total_count,
        "unit": unit(transfer),
        "message": job.message,
        "error_count": job.error_count,
        "errors": job.errors[:ERRORS_SHOWN],
        "result": job.result,
        "page": reverse("transfer_detail", args=[job.public_id]),
        "download": reverse("api_job_download", args=[job.public_id]) if has_file else None,
        "manifest": transfer.manifest,
        "rejected": reverse("api_job_rejected", args=[job.public_id])
        if transfer.rejected
        else None,
    }


urlpatterns = [
    path("projects/<slug:slug>/imports/", ImportsView.as_view(), name="api_import_create"),
    path("projects/<slug:slug>/exports/", export_view, name="api_export_create"),
    path("jobs/<uuid:public_id>/", job_view, name="api_job_detail"),
    path("jobs/<uuid:public_id>/cancel/", job_cancel_view, name="api_job_cancel"),
    path("jobs/<uuid:public_id>/undo/", job_undo_view, name="api_job_undo"),
    path("jobs/<uuid:public_id>/download/", job_download_view, name="api_job_download"),
    path("jobs/<uuid:public_id>/rejected/", job_rejected_view, name="api_job_rejected"),
]
