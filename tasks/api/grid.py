"""The grid over HTTP: the next page, its answers, taking them back, giving it up."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from labelops.api_serializers import ClosedSerializer, validated
from tasks.api.assignments import ItemForWork
from tasks.models import Batch
from tasks.reports.editor import editor_item
from tasks.services import grid
from tasks.services.annotations import Clocks

KNOWN_MOST = 2 * grid.LEASES


class GridNextRequest(ClosedSerializer):
    batch = serializers.IntegerField(min_value=1)
    value = serializers.CharField(required=False, allow_null=True, max_length=300)
    known = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=KNOWN_MOST,
        help_text="Assignments that the page has already",
    )
    after = serializers.UUIDField(
        required=False, allow_null=True, help_text="What an earlier answer said to go on after"
    )


class GridItem(serializers.Serializer):
    assignment = serializers.UUIDField()
    item = ItemForWork()


class NextAnswer(serializers.Serializer):
    value = serializers.CharField(allow_null=True)
    control = serializers.JSONField()
    items = GridItem(many=True)
    reason = serializers.CharField(allow_blank=True)
    go_on_after = serializers.UUIDField(
        allow_null=True, help_text="This is not all: ask again with this as `after`"
    )


class AnswerRow(ClosedSerializer):
    assignment = serializers.UUIDField()
    request_id = serializers.UUIDField()
    answer = serializers.JSONField()


class GridSubmitRequest(ClosedSerializer):
    """The clocks are those of the whole page."""

    rows = AnswerRow(many=True, allow_empty=False, max_length=grid.PAGE)
    active_ms = serializers.IntegerField(required=False, allow_null=True)
    reading_ms = serializers.IntegerField(required=False, allow_null=True)
    idle_ms = serializers.IntegerField(required=False, allow_null=True)


class AssignmentsRequest(ClosedSerializer):
    assignments = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=grid.LEASES
    )


class FateAnswer(serializers.Serializer):
    assignment = serializers.UUIDField()
    error = serializers.JSONField(help_text="Empty when it was done")


@extend_schema(request=GridNextRequest, responses={200: NextAnswer})
@api_view(["POST"])
def grid_next(request: Request) -> Response:
    wanted = validated(GridNextRequest, request)
    try:
        page = grid.next_page(
            request.user,
            wanted["batch"],
            value=wanted.get("value"),
            known=wanted.get("known", []),
            after=wanted.get("after"),
        )
    except Batch.DoesNotExist as error:
        raise Http404 from error
    items = [
        {"assignment": row.public_id, "item": editor_item(row.task.item)}
        for row in page.assignments
    ]
    return Response(
        {
            "value": page.value,
            "control": page.control,
            "items": items,
            "reason": page.reason,
            "go_on_after": page.go_on_after,
        }
    )


@extend_schema(
    request=GridSubmitRequest,
    responses={200: FateAnswer(many=True)},
    description="Each row is stored or refused by itself; sent again, nothing is stored twice.",
)
@api_view(["POST"])
def grid_submit(request: Request) -> Response:
    sent = validated(GridSubmitRequest, request)
    clocks = Clocks(sent.get("active_ms"), sent.get("reading_ms"), sent.get("idle_ms"))
    rows = [grid.Answered(**row) for row in sent["rows"]]
    return told(grid.submit_page(request.user, rows, clocks=clocks.bounded()))


@extend_schema(request=AssignmentsRequest, responses={200: FateAnswer(many=True)})
@api_view(["POST"])
def grid_undo(request: Request) -> Response:
    sent = validated(AssignmentsRequest, request)
    return told(grid.undo_page(request.user, sent["assignments"]))


@extend_schema(request=AssignmentsRequest, responses={200: FateAnswer(many=True)})
@api_view(["POST"])
def grid_release(request: Request) -> Response:
    sent = validated(AssignmentsRequest, request)
    return told(grid.release_page(request.user, sent["assignments"]))


@extend_schema(request=AssignmentsRequest, responses={200: FateAnswer(many=True)})
@api_view(["POST"])
def grid_heartbeat(request: Request) -> Response:
    sent = validated(AssignmentsRequest, request)
    return told(grid.beat_page(request.user, sent["assignments"]))


def told(fates: Sequence[grid.Fate]) -> Response:
    """What became of each row of a page."""
    rows: list[dict[str, Any]] = [
        {"assignment": fate.assignment, "error": fate.error} for fate in fates
    ]
    return Response(rows)


urlpatterns = [
    path("grid/next/", grid_next, name="api_grid_next"),
    path("grid/submit/", grid_submit, name="api_grid_submit"),
    path("grid/undo/", grid_undo, name="api_grid_undo"),
    path("grid/release/", grid_release, name="api_grid_release"),
    path("grid/heartbeat/", grid_heartbeat, name="api_grid_heartbeat"),
]
