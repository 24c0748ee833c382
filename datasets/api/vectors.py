"""Vectors of items over HTTP: bring some, a list at a time, and see which there are."""

from typing import Any

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from datasets.services.vector_lists import add_list
from datasets.services.vectors import sets_of
from labelops.api_serializers import ClosedSerializer, validated
from labelops.errors import DomainError
from tasks.access import MANAGERS, get_project
from tasks.formats.records import Row

AT_ONCE = 1_000


class VectorsRequest(ClosedSerializer):
    name = serializers.CharField(max_length=100, help_text="A known name adds to its set")
    vectors = serializers.ListField(
        child=serializers.JSONField(),
        min_length=1,
        max_length=AT_ONCE,
        help_text='{"item": external id, "vector": numbers}; all are stored, or none',
    )


class VectorSetAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    origin = serializers.CharField(help_text="built_in or brought")
    dimensions = serializers.IntegerField()
    vectors = serializers.IntegerField(source="vector_count")


class VectorSetsAnswer(serializers.Serializer):
    results = VectorSetAnswer(many=True)


@extend_schema(methods=["GET"], operation_id="vector_set_list", responses=VectorSetsAnswer)
@extend_schema(
    methods=["POST"],
    operation_id="vectors_add",
    request=VectorsRequest,
    responses=VectorSetAnswer,
)
@api_view(["GET", "POST"])
def project_vectors(request: Request, slug: str) -> Response:
    """Sets are few: at most twenty a project."""
    project = get_project(request.user, slug, MANAGERS)
    if request.method == "GET":
        return Response({"results": VectorSetAnswer(sets_of(project), many=True).data})
    asked = validated(VectorsRequest, request)
    rows = [_row(number, given) for number, given in enumerate(asked["vectors"], start=1)]
    changed = add_list(project, name=asked["name"], rows=rows, by=request.user)
    return Response(VectorSetAnswer(changed).data)


def _row(number: int, given: Any) -> Row:
    if not isinstance(given, dict):
        raise DomainError(
            _("Each vector is an object of “item” and “vector”."),
            code="not_an_object",
            field="vectors",
            row=number,
        )
    return Row(number, given)


urlpatterns = [
    path("projects/<slug:slug>/vectors/", project_vectors, name="api_project_vectors"),
]
