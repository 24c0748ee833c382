"""The quality figures of a project over HTTP."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from labelops.accounts.models import Role
from labelops.lists import check_parameters
from reviews.models import QualitySnapshot
from reviews.reports.quality_summary import details, summary
from tasks.access import get_project, has_role


class QualityAnswer(serializers.Serializer):
    project = serializers.SlugField()
    computed_at = serializers.DateTimeField(
        allow_null=True, help_text="null until figures were computed for the first time"
    )
    figures = serializers.JSONField(
        allow_null=True,
        help_text="agreement, annotators, consensus, estimated_error_rate, as the command prints "
        "them; every figure is {value, n, low, high}, and value is null where it is not defined",
    )


@extend_schema(operation_id="project_quality", responses=QualityAnswer)
@api_view(["GET"])
def project_quality(request: Request, slug: str) -> Response:
    project = get_project(request.user, slug)
    check_parameters(request.query_params)
    show_names = has_role(request.user, project, Role.MANAGER)
    snapshot = QualitySnapshot.objects.filter(project=project).first()
    figures = None
    if snapshot:
        published = summary(project, snapshot.figures, show_names=show_names)
        figures = published | details(snapshot.figures)
    answer = {
        "project": project.slug,
        "computed_at": snapshot.computed_at if snapshot else None,
        "figures": figures,
    }
    return Response(QualityAnswer(answer).data)


urlpatterns = [path("projects/<slug:slug>/quality/", project_quality, name="api_quality")]
