"""Reporting a broken item over HTTP."""

import uuid

from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from labelops.api_serializers import ClosedSerializer, validated
from tasks import access
from tasks.models import ItemReport, Stage
from tasks.services import assignments, item_reports


class ReportRequest(ClosedSerializer):
    reason = serializers.ChoiceField(ItemReport.Reason)
    comment = serializers.CharField(
        required=False, allow_blank=True, max_length=assignments.COMMENT_LENGTH
    )


@extend_schema(
    request=ReportRequest,
    responses={204: OpenApiResponse()},
    description="Reports the item as broken and ends the lease as a skip for bad data. "
    "The reason “other” needs a comment.",
)
@api_view(["POST"])
def report_view(request: Request, public_id: uuid.UUID) -> Response:
    assignment = access.get_own_assignment(request.user, public_id, stage=Stage.ANNOTATE)
    sent = validated(ReportRequest, request)
    item_reports.report_item(
        assignment, reason=sent["reason"], comment=sent.get("comment", ""), by=request.user
    )
    return Response(status=status.HTTP_204_NO_CONTENT)


urlpatterns = [
    path("assignments/<uuid:public_id>/report/", report_view, name="api_assignment_report"),
]
