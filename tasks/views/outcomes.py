"""Buttons that call one service: its success or its refusal becomes a notice on the next page."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.http import HttpRequest

from labelops.errors import DomainError

Result = TypeVar("Result")


def attempt(
    request: HttpRequest, service: Callable[..., Result], *arguments: Any, **keywords: Any
) -> Result | None:
    """The service's result; None when it refused, and then a notice says why."""
    try:
        return service(*arguments, **keywords)
    except DomainError as error:
        messages.error(request, error.words)
        return None


def status_of(*forms: Any) -> int:
    """422 when a form comes back with its errors."""
    return 422 if any(form.is_bound for form in forms) else 200
