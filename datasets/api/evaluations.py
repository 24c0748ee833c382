"""Evaluations over HTTP: start one, follow it, read its figures at any thresholds."""

from typing import Any

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from datasets import access
from datasets.analysis.confusion import ClassCounts, Histogram, Share, class_counts, total
from datasets.analysis.judged_parts import Bars
from datasets.jobs import run_evaluation
from datasets.models import Evaluation
from datasets.models.versions import SPLIT_LENGTH
from datasets.services import evaluations
from datasets.services.evaluations import EvaluationWish
from datasets.services.sets.cells import bars_given
from labelops.api_lists import CURSOR_PARAMETER, list_response, page_of
from labelops.api_serializers import ClosedSerializer, validated
from labelops.errors import DomainError
from labelops.jobs.services import wake
from labelops.lists import check_parameters
from tasks.access import MANAGERS, get_project
from tasks.models import ModelVersion, Project

ID_MOST = 2**63 - 1


class EvaluationRequest(ClosedSerializer):
    dataset_version = serializers.IntegerField(min_value=1, max_value=ID_MOST, help_text="Its id")
    model = serializers.CharField(max_length=100, help_text="Name of the model")
    model_version = serializers.CharField(max_length=100)
    split = serializers.CharField(
        default="", allow_blank=True, max_length=SPLIT_LENGTH, help_text="Empty: all splits"
    )
    control = serializers.CharField(
        default="", allow_blank=True, max_length=63, help_text="Empty: the first that can be judged"
    )
    leaves_out_trained = serializers.BooleanField(
        default=False, help_text="Leave out items that taught the model"
    )


class EvaluationAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    dataset_version = serializers.IntegerField(source="dataset_version_id")
    model = serializers.CharField(source="model_version.name")
    model_version = serializers.CharField(source="model_version.version")
    split = serializers.CharField()
    control = serializers.CharField()
    kind = serializers.ChoiceField(Evaluation.Kind.choices)
    state = serializers.CharField(source="job.state", help_text="done: the figures are there")
    done = serializers.IntegerField(source="job.done_count")
    total = serializers.IntegerField(source="job.total_count", allow_null=True)
    message = serializers.CharField(source="job.message")
    score = serializers.FloatField(source="score_bar", help_text="Its own threshold")
    overlap = serializers.FloatField(source="overlap_bar", help_text="Its own threshold")
    items = serializers.IntegerField(source="item_count")
    without_prediction = serializers.IntegerField(source="unpredicted_count")
    taught_the_model = serializers.IntegerField(source="trained_on_count")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class ShareAnswer(serializers.Serializer):
    value = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    low = serializers.FloatField(allow_null=True, source="interval.low", default=None)
    high = serializers.FloatField(allow_null=True, source="interval.high", default=None)


class FiguresAnswer(serializers.Serializer):
    right = serializers.IntegerField()
    missed = serializers.IntegerField()
    false = serializers.IntegerField()
    precision = ShareAnswer()
    recall = ShareAnswer()
    f1 = ShareAnswer()


class ClassAnswer(FiguresAnswer):
    name = serializers.CharField()
    average_precision = serializers.FloatField(allow_null=True)


class CellAnswer(serializers.Serializer):
    truth = serializers.CharField(help_text="Empty: no label is there")
    predicted = serializers.CharField(help_text="Empty: it was missed")
    count = serializers.IntegerField()


class AtThresholds(serializers.Serializer):
    score = serializers.FloatField()
    overlap = serializers.FloatField()
    all = FiguresAnswer()
    classes = ClassAnswer(many=True)
    confusion = CellAnswer(many=True)


class EvaluationDetails(EvaluationAnswer):
    figures = AtThresholds(allow_null=True, help_text="Null until it is finished")


@extend_schema(
    methods=["GET"],
    operation_id="evaluation_list",
    parameters=[CURSOR_PARAMETER],
    responses=page_of(EvaluationAnswer),
)
@extend_schema(
    methods=["POST"],
    operation_id="evaluation_create",
    request=EvaluationRequest,
    responses={202: EvaluationAnswer},
)
@api_view(["GET", "POST"])
def project_evaluations(request: Request, slug: str) -> Response:
    project = get_project(request.user, slug, MANAGERS)
    if request.method == "GET":
        return list_response(request, access.evaluations_of(project), EvaluationAnswer)
    asked = validated(EvaluationRequest, request)
    evaluation = evaluations.start(project, _wish(project, asked), by=request.user)
    wake(run_evaluation, evaluation.job_id)
    return Response(EvaluationAnswer(evaluation).data, status=status.HTTP_202_ACCEPTED)


def _wish(project: Project, asked: dict[str, Any]) -> EvaluationWish:
    """Raises DomainError where the project has no such version or model."""
    version = project.dataset_versions.filter(pk=asked["dataset_version"]).first()
    models = ModelVersion.objects.filter(project=project, name=asked["model"])
    model = models.filter(version=asked["model_version"]).first()
    for found, name in ((version, "dataset_version"), (model, "model_version")):
        if found is None:
            raise DomainError(_("The project has no such version."), code="not_found", field=name)
    return EvaluationWish(
        version, model, asked["split"], asked["control"], asked["leaves_out_trained"]
    )


@extend_schema(
    operation_id="evaluation",
    parameters=[
        OpenApiParameter("score", float, description="From 0 to 1; else the evaluation's own"),
        OpenApiParameter("overlap", float, description="From 0 to 1; else the evaluation's own"),
    ],
    responses=EvaluationDetails,
)
@api_view(["GET"])
def evaluation_detail(request: Request, evaluation_id: int) -> Response:
    evaluation = access.get_evaluation_by_id(request.user, evaluation_id)
    check_parameters(request.query_params, "score", "overlap")
    evaluation.figures = None
    if evaluation.is_finished:
        evaluation.figures = _at(evaluation, bars_given(evaluation, request.query_params.dict()))
    return Response(EvaluationDetails(evaluation).data)


def _at(evaluation: Evaluation, bars: Bars) -> dict[str, Any]:
    histogram = Histogram.unpacked(bytes(evaluation.histogram))
    cells = histogram.cells(*bars)
    counts = class_counts(cells, len(evaluation.classes))
    precisions = evaluation.report.get("precisions", {}).get("all", {})
    columns = (column.tolist() for column in cells)
    return {
        "score": bars.score / 100,
        "overlap": bars.overlap / 20,
        "all": _figures(total(counts)),
        "classes": [
            {
                "name": evaluation.class_of(code),
                "average_precision": precisions.get(str(code), [None])[0],
                **_figures(own),
            }
            for code, own in enumerate(counts, start=1)
        ],
        "confusion": [
            {
                "truth": evaluation.class_of(truth),
                "predicted": evaluation.class_of(predicted),
                "count": count,
            }
            for truth, predicted, count in zip(*columns, strict=True)
        ],
    }


def _figures(counts: ClassCounts) -> dict[str, Any]:
    shares: dict[str, Share] = {
        "precision": counts.precision,
        "recall": counts.recall,
        "f1": counts.f1,
    }
    return {**counts._asdict(), **shares}


urlpatterns = [
    path("projects/<slug:slug>/evaluations/", project_evaluations, name="api_project_evaluations"),
    path("evaluations/<int:evaluation_id>/", evaluation_detail, name="api_evaluation"),
]
