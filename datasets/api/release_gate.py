"""Whether a model version may go out, for programs that release models."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from datasets.analysis.scenario_bars import FAIL, PASS, UNKNOWN
from datasets.jobs import run_scenarios
from datasets.models import Scenario
from datasets.reports.scenarios import what_it_says
from datasets.services import scenario_runs
from datasets.services.release_gate import GateRow, release_gate
from labelops.api_serializers import ClosedSerializer, validated
from labelops.jobs.services import wake
from labelops.lists import check_parameters
from tasks.access import MANAGERS, get_project
from tasks.models import ModelVersion, Project

VERDICTS = (PASS, FAIL, UNKNOWN)


class ModelNamed(ClosedSerializer):
    model = serializers.CharField(max_length=100)
    model_version = serializers.CharField(max_length=100)


class ScenarioVerdict(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    number = serializers.IntegerField(help_text="Another one measures other items")
    verdict = serializers.ChoiceField(VERDICTS)
    severity = serializers.ChoiceField(
        Scenario.Severity.choices, help_text="Only what blocks counts for the verdict of the gate"
    )
    sentence = serializers.CharField(help_text="For people")
    bar = serializers.FloatField()
    right = serializers.IntegerField(allow_null=True)
    count = serializers.IntegerField(allow_null=True)
    lower = serializers.FloatField(allow_null=True, help_text="One-sided, 95 %")
    upper = serializers.FloatField(allow_null=True)
    more_needed = serializers.IntegerField(
        allow_null=True, help_text="So many more labels would decide at the same share"
    )
    unpredicted = serializers.IntegerField(allow_null=True)
    is_stale = serializers.BooleanField(help_text="The predictions are others since: run it again")
    run_at = serializers.DateTimeField(allow_null=True)


class GateAnswer(serializers.Serializer):
    verdict = serializers.ChoiceField(
        VERDICTS,
        help_text="pass only when every scenario test that blocks is passed; unknown is no pass",
    )
    model = serializers.CharField()
    model_version = serializers.CharField()
    scenarios = ScenarioVerdict(many=True)


class RunAnswer(serializers.Serializer):
    job = serializers.UUIDField()
    state = serializers.CharField()


NAMED = (
    OpenApiParameter("model", str, required=True),
    OpenApiParameter("model_version", str, required=True),
)


@extend_schema(
    methods=["GET"],
    operation_id="release_gate",
    parameters=[*NAMED],
    responses=GateAnswer,
    description="From stored runs, always 200: read `verdict`. POST runs the scenario tests.",
)
@extend_schema(
    methods=["POST"],
    operation_id="release_gate_run",
    request=ModelNamed,
    responses={202: RunAnswer},
    description="Runs all scenario tests on what the version predicts now; then GET again.",
)
@api_view(["GET", "POST"])
def gate(request: Request, slug: str) -> Response:
    project = get_project(request.user, slug, MANAGERS)
    if request.method == "GET":
        check_parameters(request.query_params, "model", "model_version")
        named = ModelNamed(data=request.query_params.dict())
        named.is_valid(raise_exception=True)
        return Response(GateAnswer(_answer(_version(project, named.validated_data))).data)
    version = _version(project, validated(ModelNamed, request))
    job = scenario_runs.start(version, by=request.user)
    wake(run_scenarios, job.pk)
    answer = {"job": job.public_id, "state": job.state}
    return Response(RunAnswer(answer).data, status=status.HTTP_202_ACCEPTED)


def _version(project: Project, named: dict[str, str]) -> ModelVersion:
    rows = project.model_versions.select_related("project")
    return get_object_or_404(rows, name=named["model"], version=named["model_version"])


def _answer(version: ModelVersion) -> dict[str, Any]:
    found = release_gate(version)
    return {
        "verdict": found.verdict,
        "model": version.name,
        "model_version": version.version,
        "scenarios": [_verdict(row) for row in found.rows],
    }


def _verdict(row: GateRow) -> dict[str, Any]:
    scenario, run = row.scenario, row.run
    facts = {
        "right": run and run.right,
        "count": run and run.count,
        "lower": run and run.lower,
        "upper": run and run.upper,
        "more_needed": run and run.more_needed,
        "unpredicted": run and run.unpredicted_count,
        "run_at": run and run.run_at,
    }
    return facts | {
        "id": scenario.pk,
        "name": scenario.name,
        "number": scenario.number,
        "verdict": row.verdict,
        "severity": scenario.severity,
        "sentence": what_it_says(row),
        "bar": scenario.bar,
        "is_stale": row.is_stale,
    }


urlpatterns = [
    path("projects/<slug:slug>/release-gate/", gate, name="api_release_gate"),
]
