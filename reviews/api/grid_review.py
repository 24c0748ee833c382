"""Review at a glance over HTTP: the next page, confirming it and taking that back, leaving it."""

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from labelops.api_serializers import ClosedSerializer, validated
from reviews.reports.reasons import sentences
from reviews.services import grid_decisions, grid_review, grid_undo
from reviews.services.grid_decisions import Mark
from tasks.access import reviewable_projects
from tasks.api.assignments import ItemForWork
from tasks.api.grid import KNOWN_MOST, AssignmentsRequest, FateAnswer, told
from tasks.reports.editor import editor_item


class ReviewGridNextRequest(ClosedSerializer):
    project = serializers.SlugField()
    value = serializers.CharField(
        max_length=200, help_text="The class that the tasks are stored as"
    )
    size = serializers.ChoiceField(grid_review.SIZES, required=False)
    by = serializers.CharField(
        required=False, allow_blank=True, max_length=40, help_text="The code of an author or vendor"
    )
    known = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=KNOWN_MOST,
        help_text="Tiles that the page has already",
    )


class ReviewTile(serializers.Serializer):
    assignment = serializers.UUIDField()
    item = ItemForWork()
    why = serializers.CharField(allow_blank=True)


class ReviewGridNextAnswer(serializers.Serializer):
    items = ReviewTile(many=True)


class MarkRow(ClosedSerializer):
    """`value` is the class that a fix gives, `reason` that of a rejection."""

    assignment = serializers.UUIDField()
    mark = serializers.ChoiceField(grid_decisions.MARKS)
    value = serializers.CharField(required=False, max_length=200)
    reason = serializers.ChoiceField(grid_decisions.REASONS, required=False)


class ReviewGridConfirmRequest(ClosedSerializer):
    request_id = serializers.UUIDField()
    value = serializers.CharField(max_length=200, help_text="The class that the page was shown as")
    rows = MarkRow(many=True, allow_empty=False, max_length=grid_review.PAGE)


class ReviewGridUndoRequest(ClosedSerializer):
    assignments = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=grid_review.PAGE
    )


class ReturnedTile(FateAnswer):
    again = serializers.UUIDField(
        allow_null=True, help_text="The assignment under which it is leased to the caller again"
    )


@extend_schema(request=ReviewGridNextRequest, responses={200: ReviewGridNextAnswer})
@api_view(["POST"])
def review_grid_next(request: Request) -> Response:
    wanted = validated(ReviewGridNextRequest, request)
    projects = reviewable_projects(request.user)
    project = get_object_or_404(projects, slug=wanted.pop("project"))
    tiles = grid_review.next_page(request.user, project, **wanted)
    items = [
        {
            "assignment": tile.public_id,
            "item": editor_item(tile.item),
            "why": "; ".join(sentences(tile.reasons)),
        }
        for tile in tiles
    ]
    return Response({"items": items})


@extend_schema(
    request=ReviewGridConfirmRequest,
    responses={200: FateAnswer(many=True)},
    description="Each tile is decided or refused by itself; sent again, nothing is decided twice.",
)
@api_view(["POST"])
def review_grid_confirm(request: Request) -> Response:
    sent = validated(ReviewGridConfirmRequest, request)
    marks = [Mark(**row) for row in sent["rows"]]
    fates = grid_decisions.confirm_page(
        request.user, marks, value=sent["value"], request_id=sent["request_id"]
    )
    return told(fates)


@extend_schema(
    request=ReviewGridUndoRequest,
    responses={200: ReturnedTile(many=True)},
    description="Takes back what a page was confirmed as, within ten minutes and tile by tile, "
    "before anything else came of it; sent again, nothing more is taken back.",
)
@api_view(["POST"])
def review_grid_undo(request: Request) -> Response:
    ids = validated(ReviewGridUndoRequest, request)["assignments"]
    tiles = grid_undo.take_back_page(request.user, ids)
    return Response(ReturnedTile(tiles, many=True).data)


@extend_schema(request=AssignmentsRequest, responses={200: FateAnswer(many=True)})
@api_view(["POST"])
def review_grid_release(request: Request) -> Response:
    ids = validated(AssignmentsRequest, request)["assignments"]
    return told(grid_review.release_page(request.user, ids))


@extend_schema(request=AssignmentsRequest, responses={200: FateAnswer(many=True)})
@api_view(["POST"])
def review_grid_heartbeat(request: Request) -> Response:
    ids = validated(AssignmentsRequest, request)["assignments"]
    return told(grid_review.beat_page(request.user, ids))


urlpatterns = [
    path("reviews/grid/next/", review_grid_next, name="api_review_grid_next"),
    path("reviews/grid/confirm/", review_grid_confirm, name="api_review_grid_confirm"),
    path("reviews/grid/undo/", review_grid_undo, name="api_review_grid_undo"),
    path("reviews/grid/release/", review_grid_release, name="api_review_grid_release"),
    path("reviews/grid/heartbeat/", review_grid_heartbeat, name="api_review_grid_heartbeat"),
]
