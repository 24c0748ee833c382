"""Batches over HTTP: list, make, fill, start, pause, close."""

from collections.abc import Callable
from typing import Any

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from labelops.accounts.models import Role
from labelops.api_lists import CURSOR_PARAMETER, list_response, page_of
from labelops.api_serializers import ClosedSerializer, MomentField, StrictBooleanField, validated
from labelops.errors import DomainError, NotAllowed
from labelops.jobs.services import wake
from labelops.lists import check_parameters
from tasks import access
from tasks.api.projects import TeamNames
from tasks.jobs import run_filling
from tasks.models import Batch, Item, Project
from tasks.models.batches import (
    BLIND_PERCENT,
    LEVEL_MAX,
    MODEL_BAR_LEAST,
    MODEL_BAR_MOST,
    OVERLAP_MAX,
)
from tasks.services import batch_filling, batch_items, batches

ITEMS_AT_ONCE = 1_000


class BatchRequest(ClosedSerializer):
    name = serializers.CharField(max_length=120)
    purpose = serializers.CharField(required=False, allow_blank=True, max_length=500)
    purpose_kind = serializers.ChoiceField(
        Batch.PurposeKind.choices, required=False, allow_blank=True
    )
    target_metric = serializers.CharField(required=False, allow_blank=True, max_length=120)
    target_baseline = serializers.DecimalField(
        required=False, allow_null=True, max_digits=9, decimal_places=4
    )
    target_value = serializers.DecimalField(
        required=False, allow_null=True, max_digits=9, decimal_places=4
    )
    accuracy_percent = serializers.IntegerField(
        required=False, allow_null=True, min_value=50, max_value=100
    )
    priority = serializers.ChoiceField(Batch.Priority.choices, default=Batch.Priority.NORMAL)
    due_at = MomentField(required=False, allow_null=True)
    overlap = serializers.IntegerField(default=2, min_value=1, max_value=OVERLAP_MAX)
    overlap_max = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=OVERLAP_MAX
    )
    confidence_percent = serializers.IntegerField(
        required=False, allow_null=True, min_value=50, max_value=99
    )
    review_percent = serializers.IntegerField(default=10, min_value=0, max_value=100)
    gold_percent = serializers.IntegerField(default=0, min_value=0, max_value=50)
    min_level = serializers.IntegerField(default=0, min_value=0, max_value=LEVEL_MAX)
    language = serializers.CharField(required=False, allow_blank=True, max_length=10)
    person_limit = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    person_share_percent = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=100
    )
    suggestions = serializers.ChoiceField(
        Batch.Suggestions.choices,
        default=Batch.Suggestions.HIDDEN,
        help_text="What people see of a model; earned: class by class, as far as it has proved",
    )
    blind_percent = serializers.IntegerField(
        default=BLIND_PERCENT,
        min_value=0,
        max_value=100,
        help_text="Share of the tasks that keep it hidden; at least 20 where it is earned",
    )
    model_bar_percent = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=MODEL_BAR_LEAST,
        max_value=MODEL_BAR_MOST,
        help_text="How often a model must have proved to be right to answer alone; null: never",
    )
    teams = serializers.ListField(
        child=serializers.CharField(max_length=100),
        min_length=1,
        max_length=100,
        help_text="Names of the project's teams that work on it",
    )


class ItemsRequest(ClosedSerializer):
    """Either `items` or `all`."""

    items = serializers.ListField(
        child=serializers.CharField(max_length=300),
        required=False,
        max_length=ITEMS_AT_ONCE,
        help_text="External ids",
    )
    all = StrictBooleanField(
        default=False, help_text="Every item of the project that the batch lacks"
    )


class ItemsAnswer(serializers.Serializer):
    """`added` at once; many items go in by a job, and `is_finished` is false meanwhile."""

    added = serializers.IntegerField()
    is_finished = serializers.BooleanField()


class ProgressAnswer(serializers.Serializer):
    task_count = serializers.IntegerField()
    pending_count = serializers.IntegerField()
    labeling_count = serializers.IntegerField()
    rework_count = serializers.IntegerField()
    in_review_count = serializers.IntegerField()
    in_adjudication_count = serializers.IntegerField()
    accepted_count = serializers.IntegerField()
    annotation_count = serializers.IntegerField()


class BatchAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    project = serializers.CharField(source="project.slug")
    name = serializers.CharField()
    purpose = serializers.CharField()
    purpose_kind = serializers.ChoiceField(Batch.PurposeKind.choices, allow_blank=True)
    target_metric = serializers.CharField()
    target_baseline = serializers.FloatField(allow_null=True)
    target_value = serializers.FloatField(allow_null=True)
    accuracy_percent = serializers.IntegerField(allow_null=True)
    state = serializers.ChoiceField(Batch.State.choices)
    priority = serializers.ChoiceField(Batch.Priority.choices)
    due_at = serializers.DateTimeField(allow_null=True)
    overlap = serializers.IntegerField()
    overlap_max = serializers.IntegerField(allow_null=True)
    confidence_percent = serializers.IntegerField(allow_null=True)
    review_percent = serializers.IntegerField()
    gold_percent = serializers.IntegerField()
    min_level = serializers.IntegerField()
    language = serializers.CharField()
    person_limit = serializers.IntegerField(allow_null=True)
    person_share_percent = serializers.IntegerField(allow_null=True)
    suggestions = serializers.ChoiceField(Batch.Suggestions.choices)
    blind_percent = serializers.IntegerField()
    model_bar_percent = serializers.IntegerField(allow_null=True)
    teams = TeamNames()
    progress = ProgressAnswer(read_only=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


@extend_schema(
    methods=["GET"],
    operation_id="batches_list",
    parameters=[CURSOR_PARAMETER],
    responses=page_of(BatchAnswer),
)
@extend_schema(methods=["POST"], request=BatchRequest, responses={201: BatchAnswer})
@api_view(["GET", "POST"])
def project_batches(request: Request, slug: str) -> Response:
    project = access.get_project(request.user, slug)
    if request.method == "GET":
        rows = project.batches.select_related("project").prefetch_related("teams", "tallies")
        return list_response(request, rows, BatchAnswer)
    if not access.has_role(request.user, project, Role.MANAGER):
        raise NotAllowed(_("Only managers make batches."))
    asked = validated(BatchRequest, request)
    asked["teams"] = _teams(project, asked["teams"])
    batch = batches.create_batch(project, by=request.user, **asked)
    return Response(BatchAnswer(batch).data, status=status.HTTP_201_CREATED)


@extend_schema(operation_id="batches_retrieve", responses=BatchAnswer)
@api_view(["GET"])
def batch_detail(request: Request, batch_id: int) -> Response:
    batch = access.get_batch(request.user, batch_id)
    check_parameters(request.query_params)
    return Response(BatchAnswer(batch).data)


@extend_schema(request=ItemsRequest, responses={200: ItemsAnswer, 202: ItemsAnswer})
@api_view(["POST"])
def batch_add_items(request: Request, batch_id: int) -> Response:
    batch = access.get_batch(request.user, batch_id, access.MANAGERS)
    asked = validated(ItemsRequest, request)
    if asked["all"] == ("items" in asked):
        raise DomainError(_("Say either which “items”, or “all”."), field="items")
    if not asked["all"]:
        ids = _item_ids(batch.project, asked["items"])
        added = batch_items.add_items(batch, ids, by=request.user)
        return Response({"added": added, "is_finished": True})
    filling = batch_filling.fill(batch, batch_filling.Source.ALL, by=request.user)
    if filling.job is None:
        return Response({"added": filling.count, "is_finished": True})
    wake(run_filling, filling.job.pk)
    return Response({"added": 0, "is_finished": False}, status=status.HTTP_202_ACCEPTED)


@extend_schema(request=None, responses=BatchAnswer)
@api_view(["POST"])
def batch_start(request: Request, batch_id: int) -> Response:
    return _press(request, batch_id, batches.start_batch)


@extend_schema(request=None, responses=BatchAnswer)
@api_view(["POST"])
def batch_pause(request: Request, batch_id: int) -> Response:
    return _press(request, batch_id, batches.pause_batch)


@extend_schema(request=None, responses=BatchAnswer)
@api_view(["POST"])
def batch_close(request: Request, batch_id: int) -> Response:
    return _press(request, batch_id, batches.close_batch)


def _press(request: Request, batch_id: int, service: Callable[..., Batch]) -> Response:
    batch = access.get_batch(request.user, batch_id, access.MANAGERS)
    return Response(BatchAnswer(service(batch, by=request.user)).data)


def _teams(project: Project, names: list[str]) -> list[Any]:
    found = list(project.teams.filter(name__in=names))
    unknown = set(names) - {team.name for team in found}
    if unknown:
        raise DomainError(
            _("The project has no team “%(name)s”.") % {"name": min(unknown)},
            code="no_such_team",
            field="teams",
        )
    return found


def _item_ids(project: Project, external_ids: list[str]) -> list[int]:
    found = dict(
        Item.objects.filter(project=project, external_id__in=external_ids).values_list(
            "external_id", "pk"
        )
    )
    for position, external_id in enumerate(external_ids):
        if external_id not in found:
            raise DomainError(
                _("The project has no item “%(id)s”.") % {"id": external_id[:80]},
                code="unknown_item",
                field=f"items[{position}]",
            )
    return [found[external_id] for external_id in external_ids]


urlpatterns = [
    path("projects/<slug:slug>/batches/", project_batches, name="api_project_batches"),
    path("batches/<int:batch_id>/", batch_detail, name="api_batch"),
    path("batches/<int:batch_id>/items/", batch_add_items, name="api_batch_items"),
    path("batches/<int:batch_id>/start/", batch_start, name="api_batch_start"),
    path("batches/<int:batch_id>/pause/", batch_pause, name="api_batch_pause"),
    path("batches/<int:batch_id>/close/", batch_close, name="api_batch_close"),
]
