"""Predictions of a model version over HTTP."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from labelops.api_serializers import ClosedSerializer, validated
from tasks import access
from tasks.formats.records import Row
from tasks.services import predictions

PREDICTIONS_AT_ONCE = 1_000


class RowsField(serializers.ListField):
    """A list of objects, each checked later as a row; REST framework would copy all of them."""

    child = serializers.DictField()

    def run_child_validation(self, data: Any) -> Any:
        if all(isinstance(row, dict) for row in data):
            return data
        return super().run_child_validation(data)


class PredictionsRequest(ClosedSerializer):
    project = serializers.SlugField()
    model = serializers.CharField(max_length=100)
    model_version = serializers.CharField(max_length=100)
    predictions = RowsField(
        min_length=1,
        max_length=PREDICTIONS_AT_ONCE,
        help_text="Each: item (external id), answer, score (0 to 1), scores (class to 0 to 1; "
        "shapes and spans by question and place, as boxes.0), "
        "trained_on (whether the item's label taught this version)",
    )


class PredictionsAnswer(serializers.Serializer):
    added = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    replaced = serializers.IntegerField()


@extend_schema(
    request=PredictionsRequest,
    responses={200: PredictionsAnswer},
    description="Idempotent by model version and item. When one row is wrong, none is stored; "
    "`row` counts from 1.",
)
@api_view(["POST"])
def predictions_view(request: Request) -> Response:
    access.require_role(request.user)
    sent = validated(PredictionsRequest, request)
    project = access.get_project(request.user, sent["project"])
    model_version = predictions.get_model_version(
        project, name=sent["model"], version=sent["model_version"], by=request.user
    )
    rows = [Row(number + 1, fields) for number, fields in enumerate(sent["predictions"])]
    counts = predictions.take_all_predictions(model_version, rows, by=request.user)
    return Response(counts)


urlpatterns = [path("predictions/", predictions_view, name="api_predictions")]
