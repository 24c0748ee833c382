"""Files sent in pieces: a lost connection costs one piece, and an import takes the whole."""

import re
import uuid
from collections.abc import Mapping
from typing import IO, Any

from django.urls import path, reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labelops.api_serializers import ClosedSerializer, validated
from labelops.errors import DomainError
from labelops.media.uploads import UploadTooLarge
from tasks import access
from tasks.models import Upload
from tasks.services import uploads
from tasks.services.uploads import PIECE_BYTES

RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")
# No piece any more: only what remains to be done once all bytes are here.
FINISH = re.compile(r"bytes \*/(\d{1,15})")
RANGE_HEADER = OpenApiParameter(
    "Content-Range",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="`bytes 0-8388607/20000000`: where the piece lies, and the size of the file",
)


class PieceParser(BaseParser):
    """The bytes as they are, never more than one piece of them."""

    media_type = "application/octet-stream"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        piece = stream.read(PIECE_BYTES + 1)
        if len(piece) > PIECE_BYTES:
            raise _too_large()
        return piece


def _too_large() -> UploadTooLarge:
    return UploadTooLarge(
        _("A piece has at most %(limit)d MB.") % {"limit": PIECE_BYTES // 1024**2},
        code="piece_too_large",
    )


class UploadRequest(ClosedSerializer):
    file_name = serializers.CharField(max_length=1_024)
    byte_count = serializers.IntegerField(min_value=0, max_value=2**53)
    sha256 = serializers.CharField(required=False, allow_blank=True, max_length=64)


class UploadAnswer(serializers.Serializer):
    upload = serializers.UUIDField(source="public_id")
    project = serializers.CharField(source="project.slug")
    file_name = serializers.CharField()
    state = serializers.ChoiceField(Upload.State.choices)
    byte_count = serializers.IntegerField()
    received = serializers.IntegerField(
        source="received_count", help_text="Bytes that are surely here: where to go on"
    )
    piece_most = serializers.SerializerMethodField()
    sha256 = serializers.CharField()
    page = serializers.SerializerMethodField()

    def get_piece_most(self, upload: Upload) -> int:
        return PIECE_BYTES

    def get_page(self, upload: Upload) -> str:
        return reverse("import_preview", args=[upload.project.slug, upload.public_id])


@extend_schema(request=UploadRequest, responses={201: UploadAnswer})
@api_view(["POST"])
def upload_create_view(request: Request, slug: str) -> Response:
    project = access.get_project(request.user, slug, access.MANAGERS)
    asked = validated(UploadRequest, request)
    upload = uploads.begin_upload(project, by=request.user, **asked)
    return Response(UploadAnswer(upload).data, status=status.HTTP_201_CREATED)


class UploadView(APIView):
    parser_classes = (PieceParser,)

    @extend_schema(responses={200: UploadAnswer})
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(UploadAnswer(access.get_upload(request.user, public_id)).data)

    @extend_schema(
        request={"application/octet-stream": OpenApiTypes.BINARY},
        parameters=[RANGE_HEADER],
        responses={200: UploadAnswer},
        description=(
            "Adds the piece that follows what is here. Where the pieces do not meet, the answer "
            "is 409, and `received` says where to go on. `bytes */20000000` with an empty body "
            "ends an upload whose last answer was lost."
        ),
    )
    def put(self, request: Request, public_id: uuid.UUID) -> Response:
        upload = access.get_upload(request.user, public_id)
        offset, byte_count = _place(request, upload)
        piece = request.data
        if len(piece) != byte_count:
            raise _bad_range(_("The piece has not as many bytes as its Content-Range says."))
        upload = uploads.add_to_upload(upload, offset=offset, piece=piece)
        return Response(UploadAnswer(upload).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        uploads.discard_upload(access.get_upload(request.user, public_id), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _place(request: Request, upload: Upload) -> tuple[int, int]:
    """Where the piece begins and how long it is. Raises DomainError before it is read."""
    given = request.headers.get("Content-Range", "")
    if (finish := FINISH.fullmatch(given)) and int(finish[1]) == upload.received_count:
        return upload.received_count, 0
    found = RANGE.fullmatch(given)
    if not found:
        raise _bad_range(_("Say which bytes these are by the header Content-Range."))
    first, last, total = map(int, found.groups())
    if total != upload.byte_count or not first <= last < total:
        raise _bad_range(_("The Content-Range does not fit the file that was announced."))
    if last - first >= PIECE_BYTES:
        raise _too_large()
    return first, last - first + 1


def _bad_range(sentence: str) -> DomainError:
    return DomainError(sentence, code="bad_range", field="Content-Range")


urlpatterns = [
    path("projects/<slug:slug>/uploads/", upload_create_view, name="api_upload_create"),
    path("uploads/<uuid:public_id>/", UploadView.as_view(), name="api_upload"),
]
