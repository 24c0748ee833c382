"""Webhooks over HTTP: register, change, try out, read the log, send again."""

import uuid

from django.db import transaction
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from labelops.api_lists import CURSOR_PARAMETER, list_response, page_of
from labelops.api_serializers import ClosedSerializer, StrictBooleanField, validated
from labelops.errors import DomainError
from labelops.lists import check_parameters
from labelops.webhooks.events import Told
from labelops.webhooks.models import ADDRESS_LENGTH, Delivery, Webhook
from labelops.webhooks.services import deliveries, webhooks
from tasks import access

EVENTS_MOST = 50


class WebhookRequest(ClosedSerializer):
    address = serializers.CharField(max_length=ADDRESS_LENGTH)
    events = serializers.ListField(
        child=serializers.CharField(max_length=40),
        max_length=EVENTS_MOST,
        help_text=f"Of: {', '.join(Told.values)}",
    )


class WebhookChange(ClosedSerializer):
    """What is left out stays as it is; `is_active` pauses the webhook or lets it go on."""

    address = serializers.CharField(required=False, max_length=ADDRESS_LENGTH)
    events = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=EVENTS_MOST
    )
    is_active = StrictBooleanField(required=False)


class WebhookAnswer(serializers.Serializer):
    webhook = serializers.UUIDField(source="public_id")
    project = serializers.CharField(source="project.slug")
    address = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(Told.choices))
    is_active = serializers.BooleanField()
    note = serializers.CharField(help_text="Why it was switched off, when nobody did it")
    failing_since = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class SecretAnswer(WebhookAnswer):
    secret = serializers.CharField(help_text="Shown here only")


class DeliveryAnswer(serializers.Serializer):
    delivery = serializers.UUIDField(source="public_id")
    event = serializers.CharField()
    state = serializers.ChoiceField(Delivery.State.choices)
    payload = serializers.JSONField()
    attempt_count = serializers.IntegerField()
    next_attempt_at = serializers.SerializerMethodField()
    status_code = serializers.IntegerField(allow_null=True)
    answer = serializers.CharField()
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)

    def get_next_attempt_at(self, delivery: Delivery) -> str | None:
        return delivery.next_attempt_at.isoformat() if delivery.is_unsent else None


@extend_schema(
    methods=["GET"],
    operation_id="webhooks_list",
    parameters=[CURSOR_PARAMETER],
    responses=page_of(WebhookAnswer),
)
@extend_schema(methods=["POST"], request=WebhookRequest, responses={201: SecretAnswer})
@api_view(["GET", "POST"])
def project_webhooks(request: Request, slug: str) -> Response:
    project = access.get_connected_project(request.user, slug)
    if request.method == "GET":
        rows = Webhook.objects.standing().filter(project=project).select_related("project")
        return list_response(request, rows, WebhookAnswer)
    asked = validated(WebhookRequest, request)
    webhook, _secret = webhooks.create_webhook(project.pk, by=request.user, **asked)
    return Response(SecretAnswer(webhook).data, status=status.HTTP_201_CREATED)


@extend_schema(methods=["GET"], operation_id="webhooks_retrieve", responses=WebhookAnswer)
@extend_schema(methods=["PATCH"], request=WebhookChange, responses=WebhookAnswer)
@extend_schema(methods=["DELETE"], responses={204: OpenApiResponse()})
@api_view(["GET", "PATCH", "DELETE"])
def webhook_view(request: Request, public_id: uuid.UUID) -> Response:
    webhook = access.get_webhook(request.user, public_id)
    check_parameters(request.query_params)
    if request.method == "DELETE":
        webhooks.delete_webhook(webhook, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
    if request.method == "PATCH":
        webhook = _changed(webhook, request)
    return Response(WebhookAnswer(webhook).data)


def _changed(webhook: Webhook, request: Request) -> Webhook:
    asked = validated(WebhookChange, request)
    if not asked:
        raise DomainError(_("Say what to change: address, events or is_active."))
    is_active = asked.pop("is_active", webhook.is_active)
    with transaction.atomic():
        if asked:
            webhook = webhooks.update_webhook(webhook, by=request.user, **asked)
        if is_active == webhook.is_active:
            return webhook
        switch = webhooks.resume_webhook if is_active else webhooks.pause_webhook
        return switch(webhook, by=request.user)


@extend_schema(
    request=None,
    responses=SecretAnswer,
    description="Makes another secret. The former one signs nothing any more.",
)
@api_view(["POST"])
def webhook_secret(request: Request, public_id: uuid.UUID) -> Response:
    webhook = access.get_webhook(request.user, public_id)
    webhook, _secret = webhooks.renew_secret(webhook, by=request.user)
    return Response(SecretAnswer(webhook).data)


@extend_schema(
    request=None,
    responses=DeliveryAnswer,
    description="Sends a test at once, to a paused webhook too. The answer says what came of it.",
)
@api_view(["POST"])
def webhook_test(request: Request, public_id: uuid.UUID) -> Response:
    webhook = access.get_webhook(request.user, public_id)
    return Response(DeliveryAnswer(deliveries.send_test(webhook, by=request.user)).data)


@extend_schema(
    operation_id="deliveries_list",
    parameters=[CURSOR_PARAMETER, OpenApiParameter("state", str, enum=Delivery.State.values)],
    responses=page_of(DeliveryAnswer),
    description="The deliveries of a webhook, oldest first.",
)
@api_view(["GET"])
def webhook_deliveries(request: Request, public_id: uuid.UUID) -> Response:
    webhook = access.get_webhook(request.user, public_id)
    rows = webhook.deliveries.in_state(request.query_params.get("state", ""))
    return list_response(request, rows, DeliveryAnswer, filters=("state",))


@extend_schema(
    request=None,
    responses=DeliveryAnswer,
    description="Sends a delivery again within seconds, under its own id. Twice is as once.",
)
@api_view(["POST"])
def delivery_replay(request: Request, public_id: uuid.UUID) -> Response:
    delivery = access.get_delivery(request.user, public_id)
    return Response(DeliveryAnswer(deliveries.send_again(delivery, by=request.user)).data)


urlpatterns = [
    path("projects/<slug:slug>/webhooks/", project_webhooks, name="api_project_webhooks"),
    path("webhooks/<uuid:public_id>/", webhook_view, name="api_webhook"),
    path("webhooks/<uuid:public_id>/secret/", webhook_secret, name="api_webhook_secret"),
    path("webhooks/<uuid:public_id>/test/", webhook_test, name="api_webhook_test"),
    path(
        "webhooks/<uuid:public_id>/deliveries/", webhook_deliveries, name="api_webhook_deliveries"
    ),
    path("deliveries/<uuid:public_id>/replay/", delivery_replay, name="api_delivery_replay"),
]
