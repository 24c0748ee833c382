"""The lease life of an assignment over HTTP: next, submit, draft, heartbeat, release, skip."""

import uuid
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from labelops.api_serializers import ClosedSerializer, validated
from tasks import access
from tasks.models import Assignment, SkipReason, Stage
from tasks.reports.editor import editor_item
from tasks.reports.label_guide import question_of, trees
from tasks.services import annotations, assignments, handout, suggestions, withdrawals

REASON_HEADER = "X-LabelOps-Reason"


class NextRequest(ClosedSerializer):
    project = serializers.SlugField(required=False, allow_null=True)
    batch = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    count = serializers.IntegerField(default=1, min_value=1, max_value=handout.LEASES_PER_PERSON)


class SubmitRequest(ClosedSerializer):
    request_id = serializers.UUIDField()
    answer = serializers.JSONField()
    active_ms = serializers.IntegerField(required=False, allow_null=True)
    reading_ms = serializers.IntegerField(required=False, allow_null=True)
    idle_ms = serializers.IntegerField(required=False, allow_null=True)


class SubmitResponse(serializers.Serializer):
    assignment = serializers.UUIDField()
    task = serializers.UUIDField()
    answer = serializers.JSONField()
    submitted_at = serializers.DateTimeField()
    has_explanation = serializers.BooleanField(
        required=False, help_text="Only there, and true, when `explanation/` says what is right"
    )


class SkipRequest(ClosedSerializer):
    reason = serializers.ChoiceField(SkipReason)
    comment = serializers.CharField(
        required=False, allow_blank=True, max_length=assignments.COMMENT_LENGTH
    )


class DraftRequest(ClosedSerializer):
    answer = serializers.JSONField()


class HeartbeatResponse(serializers.Serializer):
    lease_until = serializers.DateTimeField()


class ItemForWork(serializers.Serializer):
    type = serializers.CharField()
    data = serializers.JSONField()
    media_url = serializers.CharField(allow_null=True)
    thumbnail_url = serializers.CharField(allow_null=True)
    full_url = serializers.CharField(allow_null=True)
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)


class AssignmentForWork(serializers.Serializer):
    assignment = serializers.UUIDField()
    lease_until = serializers.DateTimeField()
    task = serializers.UUIDField()
    stage = serializers.ChoiceField(Stage)
    round = serializers.IntegerField()
    item = ItemForWork()
    instruction_version = serializers.JSONField()
    instructions_url = serializers.CharField()
    batch = serializers.JSONField()
    draft = serializers.JSONField(allow_null=True)
    suggestion = serializers.JSONField(
        allow_null=True,
        help_text="What the person may know of a model: mode (shown, after), answer and score",
    )
    feedback = serializers.JSONField(allow_null=True)
    question = serializers.JSONField(allow_null=True)


@extend_schema(
    request=NextRequest,
    responses={200: AssignmentForWork(many=True)},
    description="Leases tasks for the caller. When the list is empty, the header "
    f"{REASON_HEADER} says why.",
)
@api_view(["POST"])
def next_view(request: Request) -> Response:
    wanted = validated(NextRequest, request)
    given = handout.next_assignments(
        request.user,
        project=wanted.get("project"),
        batch=wanted.get("batch"),
        count=wanted["count"],
    )
    headers = {REASON_HEADER: given.reason} if given.reason else None
    return Response(describe(given.assignments), headers=headers)


def describe(given: list[Assignment]) -> list[dict[str, Any]]:
    """What the labeling page needs of each assignment, and nothing that points beyond it."""
    return [_describe_one(assignment) for assignment in given]


def _describe_one(assignment: Assignment) -> dict[str, Any]:
    item, version, batch = assignment.task.item, assignment.instruction_version, assignment.batch
    return {
        "assignment": assignment.public_id,
        "lease_until": assignment.leased_until,
        "task": assignment.task.public_id,
        "stage": assignment.stage,
        "round": assignment.round,
        "item": editor_item(item),
        "instruction_version": {
            "number": version.number,
            "label_schema": version.label_schema,
            "trees": trees(version.blocks),
        },
        "instructions_url": reverse("assignment_instructions", args=[assignment.public_id]),
        "batch": {
            "name": batch.name,
            "purpose": batch.purpose,
            "lane": batch.lane,
            "due_at": batch.due_at,
        },
        "draft": assignment.draft_answer,
        "suggestion": suggestions.visible(assignment),
        "feedback": _feedback(assignment),
        "question": question_of(assignment),
    }


def _feedback(assignment: Assignment) -> dict[str, Any] | None:
    """Why the work came back, with what the person answered before."""
    note = {key: word for key, word in (assignment.rework_note or {}).items() if key != "question"}
    return {**note, "answer": assignment.former_answer} if note else None


@extend_schema(request=SubmitRequest, responses={201: SubmitResponse, 200: SubmitResponse})
@api_view(["POST"])
def submit_view(request: Request, public_id: uuid.UUID) -> Response:
    try:
        sent = validated(SubmitRequest, request)
    except APIException:
        # Whose assignment it is comes first: a stranger learns nothing from a wrong body.
        own = access.own_assignments(request.user, stage=Stage.ANNOTATE)
        get_object_or_404(own, public_id=public_id)
        raise
    try:
        done = annotations.submit(
            public_id,
            answer=sent["answer"],
            request_id=sent["request_id"],
            clocks=annotations.Clocks(
                sent.get("active_ms"), sent.get("reading_ms"), sent.get("idle_ms")
            ),
            by=request.user,
        )
    except Assignment.DoesNotExist as error:
        raise Http404 from error
    body = {
        "assignment": public_id,
        "task": done.task_public_id,
        "answer": done.annotation.answer,
        "submitted_at": done.annotation.submitted_at,
    }
    if done.has_explanation:
        body["has_explanation"] = True
    return Response(body, status=status.HTTP_200_OK if done.is_replay else status.HTTP_201_CREATED)


@extend_schema(
    request=None,
    responses={200: AssignmentForWork},
    description="Takes the caller's answer back, within ten minutes and before a reviewer has it. "
    "The task is leased again, with the answer as its draft.",
)
@api_view(["POST"])
def undo_view(request: Request, public_id: uuid.UUID) -> Response:
    own = access.own_assignments(request.user, stage=Stage.ANNOTATE)
    try:
        withdrawals.withdraw(public_id, by=request.user)
    except Assignment.DoesNotExist as error:
        raise Http404 from error
    return Response(_describe_one(handout.for_work(own).get(public_id=public_id)))


@extend_schema(request=None, responses={200: HeartbeatResponse})
@api_view(["POST"])
def heartbeat_view(request: Request, public_id: uuid.UUID) -> Response:
    assignment = access.get_own_assignment(request.user, public_id)
    lease_until = assignments.heartbeat(assignment, by=request.user)
    return Response({"lease_until": lease_until})


@extend_schema(request=None, responses={204: OpenApiResponse()})
@api_view(["POST"])
def release_view(request: Request, public_id: uuid.UUID) -> Response:
    assignments.release(access.get_own_assignment(request.user, public_id), by=request.user)
    return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(request=SkipRequest, responses={204: OpenApiResponse()})
@api_view(["POST"])
def skip_view(request: Request, public_id: uuid.UUID) -> Response:
    assignment = access.get_own_assignment(request.user, public_id, stage=Stage.ANNOTATE)
    sent = validated(SkipRequest, request)
    assignments.skip(
        assignment, reason=sent["reason"], comment=sent.get("comment", ""), by=request.user
    )
    return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(request=DraftRequest, responses={204: OpenApiResponse()})
@api_view(["PUT"])
def draft_view(request: Request, public_id: uuid.UUID) -> Response:
    assignment = access.get_own_assignment(request.user, public_id)
    sent = validated(DraftRequest, request)
    if assignment.state == Assignment.State.SUBMITTED:
        raise Http404
    assignments.save_draft(assignment, sent["answer"], by=request.user)
    return Response(status=status.HTTP_204_NO_CONTENT)


urlpatterns = [
    path("assignments/next/", next_view, name="api_assignment_next"),
    path("assignments/<uuid:public_id>/submit/", submit_view, name="api_assignment_submit"),
    path(
        "assignments/<uuid:public_id>/heartbeat/", heartbeat_view, name="api_assignment_heartbeat"
    ),
    path("assignments/<uuid:public_id>/undo/", undo_view, name="api_assignment_undo"),
    path("assignments/<uuid:public_id>/release/", release_view, name="api_assignment_release"),
    path("assignments/<uuid:public_id>/skip/", skip_view, name="api_assignment_skip"),
    path("assignments/<uuid:public_id>/draft/", draft_view, name="api_assignment_draft"),
]
