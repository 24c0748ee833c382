"""How the API reads a request body: JSON in UTF-8, strictly, and never more than the limit."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from labelops import strict_json
from labelops.errors import DomainError


class BadBody(DomainError):
    """The body of the request cannot be read; nothing was changed."""

    code = "bad_json"


class BodyTooLarge(DomainError):
    code = "too_large"
    status = 413


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        # REST framework reads past Django's own limit, so it is kept here.
        body = stream.read(limit + 1)
        if len(body) > limit:
            megabytes = limit // 1024**2
            raise BodyTooLarge(
                _("The body is larger than %(limit)d MB.") % {"limit": megabytes},
                hint=_("Send it in parts, or as a file to import."),
            )
        try:
            return strict_json.loads(body)
        except strict_json.StrictJSONError as error:
            raise BadBody(error.message, code=error.code, field=error.path or None) from error
