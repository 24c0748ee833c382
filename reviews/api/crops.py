"""Crops over HTTP: the next page, what is said of it, and taking that back."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from labelops.accounts.models import User
from labelops.api_serializers import ClosedSerializer, validated
from reviews.models import ObjectCheck
from reviews.reports.reasons import sentences
from reviews.services import crops, grid_review, object_checks, object_checks_undo
from reviews.services.crops import Crop
from reviews.services.object_checks import Mark
from tasks.access import reviewable_projects
from tasks.api.grid import KNOWN_MOST
from tasks.models import Project
from tasks.services.object_pictures import CROP, OUTLINED

# The task, and the object as it is drawn and named.
NAME = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9a-f]{32}$"


def crop_name(**options: Any) -> serializers.RegexField:
    return serializers.RegexField(NAME, **options)


class CropsNextRequest(ClosedSerializer):
    project = serializers.SlugField()
    value = serializers.CharField(max_length=200, help_text="The class of the objects")
    size = serializers.ChoiceField(grid_review.SIZES, required=False)
    by = serializers.CharField(
        required=False, allow_blank=True, max_length=40, help_text="The code of an author or vendor"
    )
    known = serializers.ListField(
        child=crop_name(),
        required=False,
        max_length=KNOWN_MOST,
        help_text="Crops that the page has already",
    )
    after = serializers.UUIDField(
        required=False, allow_null=True, help_text="What an earlier answer said to go on after"
    )


class CropAnswer(serializers.Serializer):
    crop = serializers.CharField()
    crop_url = serializers.CharField()
    outlined_url = serializers.CharField(help_text="The whole image with the object outlined")
    why = serializers.CharField(allow_blank=True)


class CropsNextAnswer(serializers.Serializer):
    crops = CropAnswer(many=True)
    go_on_after = serializers.UUIDField(
        allow_null=True, help_text="This is not all: ask again with this as `after`"
    )


class CropRow(ClosedSerializer):
    """A wrong one has the class that it should have, or a reason."""

    crop = crop_name()
    verdict = serializers.ChoiceField(ObjectCheck.Verdict)
    should_be = serializers.CharField(required=False, max_length=200)
    reason = serializers.ChoiceField(object_checks.REASONS, required=False)


class CropsConfirmRequest(ClosedSerializer):
    request_id = serializers.UUIDField()
    project = serializers.SlugField()
    value = serializers.CharField(max_length=200, help_text="The class that the page was shown as")
    rows = CropRow(many=True, allow_empty=False, max_length=grid_review.PAGE)


class CropsUndoRequest(ClosedSerializer):
    project = serializers.SlugField()
    value = serializers.CharField(max_length=200, help_text="The class that the page was shown as")
    crops = serializers.ListField(child=crop_name(), min_length=1, max_length=grid_review.PAGE)


class CropFateAnswer(serializers.Serializer):
    crop = serializers.CharField()
    error = serializers.JSONField(help_text="Empty when it was done")


def _project(user: User, sent: dict[str, Any]) -> Project:
    return get_object_or_404(reviewable_projects(user), slug=sent.pop("project"))


@extend_schema(request=CropsNextRequest, responses={200: CropsNextAnswer})
@api_view(["POST"])
def crops_next(request: Request) -> Response:
    wanted = validated(CropsNextRequest, request)
    project = _project(request.user, wanted)
    page = crops.next_page(request.user, project, **wanted)
    shown = [_shown(project, crop) for crop in page.crops]
    return Response(CropsNextAnswer({"crops": shown, "go_on_after": page.go_on_after}).data)


def _shown(project: Project, crop: Crop) -> dict[str, str]:
    task, _colon, fingerprint = crop.name.partition(":")
    where = [project.slug, task, fingerprint]
    return {
        "crop": crop.name,
        "crop_url": reverse("crop_picture", args=[*where, CROP]),
        "outlined_url": reverse("crop_picture", args=[*where, OUTLINED]),
        "why": "; ".join(sentences(crop.reasons)),
    }


@extend_schema(
    request=CropsConfirmRequest,
    responses={200: CropFateAnswer(many=True)},
    description="Each object is noted or refused by itself, and decides nothing; a wrong one asks "
    "for a review of its image. Sent again, nothing is noted twice.",
)
@api_view(["POST"])
def crops_confirm(request: Request) -> Response:
    sent = validated(CropsConfirmRequest, request)
    project = _project(request.user, sent)
    marks = [Mark(**row) for row in sent["rows"]]
    fates = object_checks.confirm_page(
        request.user, project, marks, value=sent["value"], request_id=sent["request_id"]
    )
    return Response(CropFateAnswer(fates, many=True).data)


@extend_schema(
    request=CropsUndoRequest,
    responses={200: CropFateAnswer(many=True)},
    description="Takes back what the caller said of these objects, within ten minutes and before "
    "anybody has begun a review that it asked for; sent again, nothing more is taken back.",
)
@api_view(["POST"])
def crops_undo(request: Request) -> Response:
    sent = validated(CropsUndoRequest, request)
    project = _project(request.user, sent)
    fates = object_checks_undo.take_back_page(
        request.user, project, sent["crops"], value=sent["value"]
    )
    return Response(CropFateAnswer(fates, many=True).data)


urlpatterns = [
    path("reviews/crops/next/", crops_next, name="api_crops_next"),
    path("reviews/crops/confirm/", crops_confirm, name="api_crops_confirm"),
    path("reviews/crops/undo/", crops_undo, name="api_crops_undo"),
]
