"""Dataset versions over HTTP: freeze one, follow it, compare it, export it."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from datasets import access
from datasets.jobs import run_dataset_export, run_freezing
from datasets.models import DatasetEntry
from datasets.models.versions import FIELD_LENGTH, SPLIT_LENGTH
from datasets.reports.differences import changes_between, entries_page, said
from datasets.services import exports
from datasets.services.differences import KINDS, checked_kind
from datasets.services.freezing import (
    SEED_MOST,
    Wish,
    cancel_freezing,
    shares_of,
    start_freezing,
)
from labelops.api_lists import CURSOR_PARAMETER, list_response, page_of
from labelops.api_serializers import ClosedSerializer, validated
from labelops.errors import DomainError
from labelops.jobs.services import wake
from labelops.lists import CURSOR, check_parameters
from tasks.access import MANAGERS, get_project
from tasks.api.transfers import JobAnswer, describe
from tasks.formats import WRITERS
from tasks.models import Batch, Project
from tasks.services.export_choices import Media
from tasks.services.export_targets import Target

BATCHES_AT_ONCE = 200


class VersionRequest(ClosedSerializer):
    name = serializers.CharField(default="", allow_blank=True, max_length=120)
    note = serializers.CharField(default="", allow_blank=True, max_length=2_000)
    batches = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        default=list,
        max_length=BATCHES_AT_ONCE,
        help_text="Ids; empty: all batches",
    )
    accepted_only = serializers.BooleanField(default=True)
    shares = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=100),
        default=[80, 10, 10],
        help_text="train, val and test in percent",
    )
    split_field = serializers.CharField(default="split", allow_blank=True, max_length=FIELD_LENGTH)
    group_field = serializers.CharField(default="group", allow_blank=True, max_length=FIELD_LENGTH)
    seed = serializers.IntegerField(default=0, min_value=0, max_value=SEED_MOST)


class VersionAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    project = serializers.CharField(source="project.slug")
    number = serializers.IntegerField()
    name = serializers.CharField()
    note = serializers.CharField()
    state = serializers.CharField(source="standing", help_text="building, frozen or failed")
    parent = serializers.IntegerField(source="parent.number", allow_null=True, default=None)
    filter = serializers.JSONField(source="label_filter")
    shares = serializers.JSONField()
    split_field = serializers.CharField()
    group_field = serializers.CharField()
    seed = serializers.IntegerField()
    entries = serializers.IntegerField(source="entry_count")
    sha256 = serializers.CharField()
    created_by = serializers.CharField(source="created_by.username")
    created_at = serializers.DateTimeField()
    snapshot_at = serializers.DateTimeField(allow_null=True)
    frozen_at = serializers.DateTimeField(allow_null=True)
    done = serializers.IntegerField(source="job.done_count")
    total = serializers.IntegerField(source="job.total_count", allow_null=True)
    message = serializers.CharField(source="job.message")


class VersionDetails(VersionAnswer):
    counts = serializers.JSONField(help_text="Labels by split, class, source and version")
    conflicts = serializers.JSONField(help_text="Groups in several splits")
    leaks = serializers.JSONField(help_text="Pairs of like items in different splits")
    changes = serializers.JSONField(help_text="Counts against the parent")


class VersionExportRequest(ClosedSerializer):
    format = serializers.ChoiceField(list(WRITERS))
    split = serializers.CharField(default="", allow_blank=True, max_length=SPLIT_LENGTH)
    media = serializers.ChoiceField(Media.choices, default=Media.REFERENCE)
    to = serializers.ChoiceField(Target.choices, default=Target.DOWNLOAD)


class DifferenceRow(serializers.Serializer):
    item = serializers.UUIDField()
    external_id = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class DifferenceAnswer(serializers.Serializer):
    before = serializers.IntegerField()
    after = serializers.IntegerField()
    kind = serializers.ChoiceField(KINDS)
    changes = serializers.JSONField()
    next = serializers.URLField(allow_null=True)
    results = DifferenceRow(many=True)


@extend_schema(
    methods=["GET"],
    operation_id="dataset_version_list",
    parameters=[CURSOR_PARAMETER],
    responses=page_of(VersionAnswer),
)
@extend_schema(
    methods=["POST"],
    operation_id="dataset_version_create",
    request=VersionRequest,
    responses={202: VersionAnswer},
)
@api_view(["GET", "POST"])
def project_versions(request: Request, slug: str) -> Response:
    project = get_project(request.user, slug, MANAGERS)
    if request.method == "GET":
        rows = access.versions_of(project).select_related("project")
        return list_response(request, rows, VersionAnswer)
    asked = validated(VersionRequest, request)
    wish = Wish(
        **asked
        | {
            "batches": tuple(_batches(project, asked["batches"])),
            "shares": shares_of(asked["shares"]),
        }
    )
    version = start_freezing(project, wish, by=request.user)
    wake(run_freezing, version.job_id)
    return Response(VersionAnswer(version).data, status=status.HTTP_202_ACCEPTED)


def _batches(project: Project, ids: list[int]) -> QuerySet[Batch]:
    """The batches of the project by their ids. Raises DomainError when one is not there."""
    found = project.batches.filter(pk__in=ids)
    if len(found) != len(set(ids)):
        raise DomainError(
            _("A batch is not one of the project."), code="not_found", field="batches"
        )
    return found


@extend_schema(operation_id="dataset_version", responses=VersionDetails)
@api_view(["GET"])
def version_detail(request: Request, version_id: int) -> Response:
    check_parameters(request.query_params)
    return Response(VersionDetails(access.get_version(request.user, version_id)).data)


@extend_schema(operation_id="dataset_version_cancel", request=None, responses=VersionDetails)
@api_view(["POST"])
def version_cancel(request: Request, version_id: int) -> Response:
    cancel_freezing(access.get_version(request.user, version_id), by=request.user)
    return Response(VersionDetails(access.get_version(request.user, version_id)).data)


@extend_schema(
    operation_id="dataset_version_export",
    request=VersionExportRequest,
    responses={202: JobAnswer},
    description="The job stands under jobs/, as that of any export.",
)
@api_view(["POST"])
def version_export(request: Request, version_id: int) -> Response:
    version = access.get_version(request.user, version_id)
    asked = validated(VersionExportRequest, request)
    transfer = exports.start_export(
        version,
        format_name=asked["format"],
        split=asked["split"],
        media=asked["media"],
        to=asked["to"],
        by=request.user,
    )
    wake(run_dataset_export, transfer.job_id)
    return Response(describe(transfer), status=status.HTTP_202_ACCEPTED)


@extend_schema(
    operation_id="dataset_version_diff",
    parameters=[
        CURSOR_PARAMETER,
        OpenApiParameter("to", int, description="Number of the other version; else the parent"),
        OpenApiParameter("kind", str, enum=KINDS, description="added when none is named"),
    ],
    responses=DifferenceAnswer,
)
@api_view(["GET"])
def version_diff(request: Request, version_id: int) -> Response:
    after = access.get_frozen(request.user, version_id)
    asked = request.query_params
    check_parameters(asked, "to", "kind")
    before = access.get_other(after, asked.get("to", ""))
    if before is None:
        raise DomainError(
            _("The first version has no parent to be compared with."), code="no_parent", field="to"
        )
    kind = checked_kind(asked.get("kind", "")) or KINDS[0]
    page = entries_page(before, after, kind, asked.get(CURSOR, ""))
    address = request.build_absolute_uri()
    following = replace_query_param(address, CURSOR, page.next_cursor)
    answer = {
        "before": before.number,
        "after": after.number,
        "kind": kind,
        "changes": changes_between(before, after),
        "next": following if page.next_cursor else None,
        "results": [_row(entry, kind) for entry in page.rows],
    }
    return Response(DifferenceAnswer(answer).data)


def _row(entry: DatasetEntry, kind: str) -> dict[str, Any]:
    before, after = said(entry, kind)
    return {
        "item": entry.item.public_id,
        "external_id": entry.item.external_id,
        "before": before,
        "after": after,
    }


urlpatterns = [
    path(
        "projects/<slug:slug>/dataset-versions/",
        project_versions,
        name="api_project_dataset_versions",
    ),
    path("dataset-versions/<int:version_id>/", version_detail, name="api_dataset_version"),
    path(
        "dataset-versions/<int:version_id>/cancel/",
        version_cancel,
        name="api_dataset_version_cancel",
    ),
    path("dataset-versions/<int:version_id>/diff/", version_diff, name="api_dataset_version_diff"),
    path(
        "dataset-versions/<int:version_id>/exports/",
        version_export,
        name="api_dataset_version_export",
    ),
]
