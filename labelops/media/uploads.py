"""How much may be sent in one request: asked before any of it is read."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from labelops.errors import DomainError


class UploadTooLarge(DomainError):
    code = "file_too_large"
    status = 413


def check_upload_size(request: HttpRequest) -> None:
    """Raise UploadTooLarge by the declared length; the server reads no more than that anyway."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) <= settings.MAX_UPLOAD_BYTES:
        return
    raise UploadTooLarge(
        _("The file is larger than %(limit)d MB, the most that can be sent at once.")
        % {"limit": settings.MAX_UPLOAD_BYTES // 1024**2},
        field="file",
        hint=_("Send it in parts, or ask an operator to import it with a command."),
    )
