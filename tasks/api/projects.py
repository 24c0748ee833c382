"""Projects over HTTP: list, make, look at one."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from labelops.accounts.models import Team, User
from labelops.api_lists import CURSOR_PARAMETER, list_response, page_of
from labelops.api_serializers import ClosedSerializer, validated
from labelops.errors import DomainError, NotAllowed
from labelops.lists import check_parameters
from tasks import access
from tasks.blocks.shapes import TOTAL_LENGTH
from tasks.models import InstructionVersion, Project
from tasks.reports.projects import overview
from tasks.services import projects

TEAMS_AT_ONCE = 100


class ProjectRequest(ClosedSerializer):
    name = serializers.CharField(max_length=120)
    slug = serializers.SlugField(max_length=60)
    item_type = serializers.ChoiceField(Project.ItemType.choices)
    purpose = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    label_schema = serializers.JSONField(help_text="`{controls: [...]}`")
    body = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=TOTAL_LENGTH,
        help_text="The instructions of draft 1, in Markdown",
    )
    teams = serializers.ListField(
        child=serializers.CharField(max_length=100),
        min_length=1,
        max_length=TEAMS_AT_ONCE,
        help_text="Names of the teams with access, at least one of them in-house",
    )


class TeamNames(serializers.ListField):
    """The names of related teams."""

    child = serializers.CharField()

    def to_representation(self, teams: Any) -> list[str]:
        return [team.name for team in teams.all()]


class ProjectAnswer(serializers.Serializer):
    slug = serializers.CharField()
    name = serializers.CharField()
    purpose = serializers.CharField()
    item_type = serializers.ChoiceField(Project.ItemType.choices)
    teams = TeamNames()
    published_version = serializers.IntegerField(allow_null=True)
    running_batches = serializers.IntegerField(source="running_count")
    task_count = serializers.IntegerField()
    accepted_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()


def _described(user: User) -> QuerySet[Project]:
    published = InstructionVersion.objects.filter(
        project=OuterRef("pk"), state=InstructionVersion.State.PUBLISHED
    )
    return (
        overview(access.projects(user))
        .annotate(published_version=Subquery(published.values("number")[:1]))
        .prefetch_related("teams")
    )


@extend_schema(
    methods=["GET"],
    operation_id="projects_list",
    parameters=[CURSOR_PARAMETER],
    responses=page_of(ProjectAnswer),
)
@extend_schema(methods=["POST"], request=ProjectRequest, responses={201: ProjectAnswer})
@api_view(["GET", "POST"])
def project_list(request: Request) -> Response:
    access.require_role(request.user)
    if request.method == "GET":
        return list_response(request, _described(request.user), ProjectAnswer)
    if not projects.grantable_teams(request.user).exists():
        raise NotAllowed(_("Only managers make projects."))
    asked = validated(ProjectRequest, request)
    teams = _teams(asked.pop("teams"), request.user)
    project = projects.create_project(**asked, teams=teams, by=request.user)
    answer = ProjectAnswer(_described(request.user).get(pk=project.pk))
    return Response(answer.data, status=status.HTTP_201_CREATED)


@extend_schema(operation_id="projects_retrieve", responses=ProjectAnswer)
@api_view(["GET"])
def project_detail(request: Request, slug: str) -> Response:
    project: Any = get_object_or_404(_described(request.user), slug=slug)
    check_parameters(request.query_params)
    return Response(ProjectAnswer(project).data)


def _teams(names: list[str], user: User) -> list[Team]:
    found = list(projects.grantable_teams(user).filter(name__in=names))
    unknown = set(names) - {team.name for team in found}
    if unknown:
        raise DomainError(
            _("There is no team “%(name)s” here.") % {"name": min(unknown)},
            code="no_such_team",
            field="teams",
        )
    projects.check_granted_teams(found, by=user)
    return found


urlpatterns = [
    path("projects/", project_list, name="api_projects"),
    path("projects/<slug:slug>/", project_detail, name="api_project"),
]
