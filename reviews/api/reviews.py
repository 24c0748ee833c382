"""The review desk over HTTP: next and decide. Lease calls are those of any assignment."""

import uuid

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from labelops.api_serializers import ClosedSerializer, validated
from reviews import access
from reviews.models import Cause, RejectReason, Review
from reviews.reports.desk import desk_page
from reviews.reports.reasons import TITLES
from reviews.services import desk, queue, undo
from reviews.services.narrowing import narrowed
from tasks.access import reviewable_projects
from tasks.models import Stage


class NextReviewRequest(ClosedSerializer):
    """`class` is "control:value"; a narrowed queue needs the project."""

    project = serializers.SlugField(required=False, allow_null=True)
    annotator = serializers.SlugField(required=False, help_text="a pseudonym")
    team = serializers.IntegerField(required=False, help_text="a vendor's team")
    reason = serializers.ChoiceField(list(TITLES), required=False)

    def get_fields(self) -> dict[str, serializers.Field]:
        named = {"class": serializers.CharField(required=False, max_length=264)}
        return {**super().get_fields(), **named}


class ReviewForWork(serializers.Serializer):
    assignment = serializers.UUIDField()
    lease_until = serializers.DateTimeField()
    task = serializers.UUIDField()
    stage = serializers.ChoiceField(Stage)
    item = serializers.JSONField()
    instruction_version = serializers.JSONField()
    answers = serializers.JSONField(help_text="the answers, authors hidden")
    stored = serializers.JSONField(allow_null=True, help_text="the consensus")
    why = serializers.ListField(child=serializers.CharField())


class DecideRequest(ClosedSerializer):
    decision = serializers.ChoiceField(Review.Decision)
    request_id = serializers.UUIDField()
    reason = serializers.ChoiceField(RejectReason, required=False, allow_blank=True)
    comment = serializers.CharField(
        required=False, allow_blank=True, max_length=desk.COMMENT_LENGTH
    )
    answer = serializers.JSONField(required=False, allow_null=True)
    cause = serializers.ChoiceField(
        Cause, default="", allow_blank=True, help_text="why people differed; for adjudications"
    )
    dwell_ms = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, help_text="time the task was looked at"
    )


class UndoneReview(serializers.Serializer):
    assignment = serializers.UUIDField(help_text="leased again to the caller")
    lease_until = serializers.DateTimeField()


class DecideResponse(serializers.Serializer):
    assignment = serializers.UUIDField()
    decision = serializers.ChoiceField(Review.Decision)
    answer = serializers.JSONField(allow_null=True)
    decided_at = serializers.DateTimeField()


@extend_schema(request=NextReviewRequest, responses={200: ReviewForWork(many=True)})
@api_view(["POST"])
def next_view(request: Request) -> Response:
    """Lease the most doubtful task; an empty list when nothing waits for the caller."""
    sent = validated(NextReviewRequest, request)
    slug = sent.get("project")
    project = reviewable_projects(request.user).filter(slug=slug).first() if slug else None
    if slug and project is None:
        return Response([])
    narrowing = narrowed(
        project,
        class_=sent.get("class", ""),
        annotator=sent.get("annotator", ""),
        team=sent.get("team"),
        reason=sent.get("reason", ""),
    )
    assignment = queue.next_review(request.user, project=project, narrowing=narrowing)
    if assignment is None:
        return Response([])
    page = desk_page(access.get_own_review(request.user, assignment.public_id))
    version = page.assignment.instruction_version
    body = {
        "assignment": assignment.public_id,
        "lease_until": page.assignment.leased_until,
        "task": page.assignment.task.public_id,
        "stage": assignment.stage,
        "item": page.view["item"],
        "instruction_version": {"number": version.number, "label_schema": version.label_schema},
        "answers": page.view["answers"],
        "stored": page.stored,
        "why": page.why,
    }
    return Response([body])


@extend_schema(request=DecideRequest, responses={200: DecideResponse})
@api_view(["POST"])
def decide_view(request: Request, public_id: uuid.UUID) -> Response:
    assignment = access.get_own_review(request.user, public_id)
    sent = validated(DecideRequest, request)
    review = desk.decide(assignment, by=request.user, **sent)
    return Response(
        {
            "assignment": public_id,
            "decision": review.decision,
            "answer": review.answer,
            "decided_at": review.decided_at,
        }
    )


@extend_schema(request=None, responses={200: UndoneReview})
@api_view(["POST"])
def undo_view(request: Request, public_id: uuid.UUID) -> Response:
    """Take a decision back, within ten minutes and before anything else came of it."""
    assignment = access.get_own_review(request.user, public_id)
    made = undo.take_back(assignment.public_id, by=request.user)
    return Response({"assignment": made.public_id, "lease_until": made.leased_until})


urlpatterns = [
    path("reviews/<uuid:public_id>/undo/", undo_view, name="api_review_undo"),
    path("reviews/next/", next_view, name="api_review_next"),
    path("assignments/<uuid:public_id>/decide/", decide_view, name="api_review_decide"),
]
