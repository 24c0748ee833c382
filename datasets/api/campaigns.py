"""Campaigns over HTTP: which there are, and how far each is."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from datasets import access
from datasets.analysis import yields
from datasets.services.campaigns import decisions_of
from labelops.api_lists import CURSOR_PARAMETER, list_response, page_of
from labelops.lists import check_parameters
from tasks.access import get_project


class CampaignAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    purpose = serializers.CharField()
    state = serializers.CharField(help_text="preparing, open, full, dry, stopped or batched")
    quota = serializers.IntegerField()
    shown = serializers.IntegerField(source="decided_count", help_text="Shown and decided")
    accepted = serializers.IntegerField(source="accepted_count")
    target_metric = serializers.CharField()
    target_baseline = serializers.DecimalField(max_digits=9, decimal_places=4, allow_null=True)
    batch = serializers.IntegerField(source="batch_id", allow_null=True)
    created_by = serializers.CharField(source="created_by.username")
    created_at = serializers.DateTimeField()


class YieldPoint(serializers.Serializer):
    first = serializers.IntegerField()
    last = serializers.IntegerField()
    accepted = serializers.IntegerField()
    rate = serializers.FloatField()
    low = serializers.FloatField(source="interval.low")
    high = serializers.FloatField(source="interval.high")


class CampaignDetails(CampaignAnswer):
    unlabeled = serializers.IntegerField(
        source="unlabeled_count", help_text="Unlabeled items at its start"
    )
    message = serializers.CharField(
        source="job.message", help_text="Why the look for candidates failed"
    )
    curve = YieldPoint(many=True, help_text="Of each 50 that were shown")


@extend_schema(
    operation_id="campaign_list",
    parameters=[CURSOR_PARAMETER],
    responses=page_of(CampaignAnswer),
)
@api_view(["GET"])
def project_campaigns(request: Request, slug: str) -> Response:
    project = get_project(request.user, slug)
    return list_response(request, access.campaigns_of(project), CampaignAnswer)


@extend_schema(operation_id="campaign", responses=CampaignDetails)
@api_view(["GET"])
def campaign_detail(request: Request, slug: str, campaign_id: int) -> Response:
    check_parameters(request.query_params)
    campaign = access.get_campaign(request.user, slug, campaign_id)
    campaign.curve = yields.stretches(decisions_of(campaign))
    return Response(CampaignDetails(campaign).data)


urlpatterns = [
    path("projects/<slug:slug>/campaigns/", project_campaigns, name="api_project_campaigns"),
    path("projects/<slug:slug>/campaigns/<int:campaign_id>/", campaign_detail, name="api_campaign"),
]
