"""Rules beside the work over HTTP: the guide of a version, similar rulings, asking."""

import uuid

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from labelops.api_serializers import ClosedSerializer, validated
from labelops.lists import check_parameters
from tasks import access
from tasks.models import Assignment
from tasks.models.questions import QUESTION_LENGTH
from tasks.reports.label_guide import describe, label_guide, similar_rulings
from tasks.services import questions


class ClassRequest(ClosedSerializer):
    control = serializers.CharField(max_length=63)
    value = serializers.CharField(max_length=200)


class QuestionRequest(ClosedSerializer):
    text = serializers.CharField(max_length=QUESTION_LENGTH)
    region = serializers.JSONField(required=False, allow_null=True)
    classes = ClassRequest(many=True, required=False)
    ruling = serializers.IntegerField(required=False, allow_null=True, min_value=1)


class RulingAnswer(serializers.Serializer):
    number = serializers.IntegerField()
    verdict = serializers.CharField()
    text = serializers.CharField()
    classes = serializers.JSONField()


class RulingsAnswer(serializers.Serializer):
    rulings = RulingAnswer(many=True)


class ClassGuide(serializers.Serializer):
    control = serializers.CharField()
    value = serializers.CharField()
    title = serializers.CharField()
    definition_html = serializers.CharField()
    examples = serializers.JSONField()
    rulings = RulingAnswer(many=True)


class GuideAnswer(serializers.Serializer):
    classes = ClassGuide(many=True)


class QuestionAnswer(serializers.Serializer):
    question = serializers.UUIDField()
    state = serializers.ChoiceField(["asked", "duplicate"])


def _own_lease(request: Request, public_id: uuid.UUID) -> Assignment:
    return access.get_own_assignment(request.user, public_id)


@extend_schema(
    responses={200: GuideAnswer},
    description="Definitions, examples and rulings of each class, as of the assignment's version.",
)
@api_view(["GET"])
def guide_view(request: Request, public_id: uuid.UUID) -> Response:
    assignment = _own_lease(request, public_id)
    check_parameters(request.query_params)
    return Response(label_guide(assignment.instruction_version))


@extend_schema(
    parameters=[
        OpenApiParameter("q", str, description="Words of a question"),
        OpenApiParameter("class", str, description="Only rulings about it: `control:value`"),
    ],
    responses={200: RulingsAnswer},
    description="At most three published rulings that are nearest to the words, nearest first.",
)
@api_view(["GET"])
def rulings_view(request: Request, public_id: uuid.UUID) -> Response:
    project = _own_lease(request, public_id).batch.project
    check_parameters(request.query_params, "q", "class")
    control, colon, value = request.query_params.get("class", "").partition(":")
    class_ = {"control": control, "value": value} if colon else None
    words = request.query_params.get("q", "")[:QUESTION_LENGTH]
    found = similar_rulings(project, words, class_)
    return Response({"rulings": [describe(ruling) for ruling in found]})


@extend_schema(
    request=QuestionRequest,
    responses={201: QuestionAnswer},
    description="Asks an expert about the item. The lease ends and the task waits for the answer, "
    "unless a ruling is named that answers it.",
)
@api_view(["POST"])
def question_view(request: Request, public_id: uuid.UUID) -> Response:
    assignment = _own_lease(request, public_id)
    sent = validated(QuestionRequest, request)
    question = questions.ask(
        assignment,
        text=sent["text"],
        region=sent.get("region"),
        classes=[dict(entry) for entry in sent.get("classes", [])],
        ruling=sent.get("ruling"),
        by=request.user,
    )
    body = {"question": question.public_id, "state": question.state}
    return Response(body, status=status.HTTP_201_CREATED)


urlpatterns = [
    path("assignments/<uuid:public_id>/guide/", guide_view, name="api_assignment_guide"),
    path("assignments/<uuid:public_id>/rulings/", rulings_view, name="api_assignment_rulings"),
    path("assignments/<uuid:public_id>/question/", question_view, name="api_assignment_question"),
]
