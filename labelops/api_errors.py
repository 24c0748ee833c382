"""The one error shape of the API: {code, message, field?, row?, hint?}."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as rest_exception_handler

from labelops.errors import DomainError


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer known errors in the API's shape; unknown ones become Django's plain 500."""
    if isinstance(error, DomainError):
        return Response(error.as_dict(), status=error.status)
    if isinstance(error, DjangoValidationError):
        error = exceptions.ValidationError(error.messages)
    response = rest_exception_handler(error, context)
    if response is None:
        return None
    response.data = _body(error)
    return response


def _body(error: Exception) -> dict[str, Any]:
    if isinstance(error, Http404 | exceptions.NotFound):
        return {"code": "not_found", "message": _("There is no such object here.")}
    if isinstance(error, exceptions.ValidationError):
        field, message = _first_problem(error.detail)
        body = {"code": "invalid", "message": message}
        return body | ({"field": field} if field else {})
    if isinstance(error, exceptions.APIException):
        return {"code": str(error.default_code), "message": str(error.detail)}
    return {"code": "not_allowed", "message": _("You may not do this.")}


def _first_problem(detail: Any, path: str = "") -> tuple[str, str]:
    """The first leaf of DRF's nested error detail, with its dotted path."""
    if isinstance(detail, dict) and detail:
        name, inner = next(iter(detail.items()))
        step = "" if name == "non_field_errors" else str(name)
        return _first_problem(inner, ".".join(part for part in (path, step) if part))
    if isinstance(detail, list) and detail:
        position, inner = next(
            ((index, value) for index, value in enumerate(detail) if value), (0, detail[0])
        )
        if isinstance(inner, dict):
            return _first_problem(inner, f"{path}[{position}]")
        return _first_problem(inner, path)
    return path, str(detail)
