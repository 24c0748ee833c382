"""What is right about an item that teaches, for whoever has just answered it."""

import uuid

from django.http import Http404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from reviews.access import get_own_answer
from reviews.reports.gold import explanation


class ExplanationAnswer(serializers.Serializer):
    is_right = serializers.BooleanField()
    given = serializers.CharField(help_text="The caller's answer, in the words of the schema")
    right = serializers.CharField()
    alternatives = serializers.ListField(child=serializers.CharField())
    reason = serializers.CharField()


@extend_schema(
    responses=ExplanationAnswer,
    description="Where the answer to a submit said `has_explanation`: whether it was right, and "
    "why. 404 for everything else.",
)
@api_view(["GET"])
def explanation_view(request: Request, public_id: uuid.UUID) -> Response:
    found = explanation(get_own_answer(request.user, public_id))
    if found is None:
        raise Http404
    return Response(ExplanationAnswer(found).data)


urlpatterns = [
    path(
        "assignments/<uuid:public_id>/explanation/",
        explanation_view,
        name="api_assignment_explanation",
    )
]
